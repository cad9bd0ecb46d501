/**
 * What the proxy before us says and does not say. The server showed how two
 * requests of ours reached it: an honest one, and one with forwarding headers
 * that a stranger made up.
 *
 * @module
 */

import { when, type Check } from '../check.ts'
import type { Facts, Reflection } from '../facts.ts'

interface Seen {
  readonly proxy: string | undefined
  readonly plain: Reflection
  readonly lying: Reflection | undefined
  readonly lie: { readonly address: string; readonly proto: string }
}

/** What the server saw, where it saw anything. */
function seen({ way }: Facts): Seen | undefined {
  return way === undefined || way.plain === undefined || way.plain === 'unknown' ? undefined : { ...way, plain: way.plain }
}

/** Something that is wrong with the proxy that the configuration names, as the server saw it. */
function ofProxy(isSo: (way: Seen) => boolean): Check['judge'] {
  return (facts) => {
    const way = seen(facts)
    return way?.proxy !== undefined && isSo(way) ? [{ proxy: way.proxy, peer: way.plain.peer }] : []
  }
}

const wordsOf = (list: string | undefined): readonly string[] => list?.split(',').map((word) => word.trim()) ?? []
const lastOf = (list: string | undefined): string | undefined => wordsOf(list).at(-1)

export const proxyChecks: readonly Check[] = [
  {
    name: 'proxy.host',
    level: 'wrong',
    looksAt: 'whether the proxy passes on the Host that the client asked for',
    judge: (facts) => {
      const host = seen(facts)?.plain.host
      return when(host !== undefined && host !== facts.way?.host, { host: host ?? '', right: facts.way?.host ?? '' })
    },
    says: 'A request for {right} reaches the server as one for {host}, and is refused.',
    advice: 'Let the proxy pass the Host on (nginx: proxy_set_header Host $http_host; Caddy and HAProxy do).',
  },
  {
    name: 'proxy.addresses',
    level: 'wrong',
    looksAt: 'whether tlsEndedBy lists the address from which the proxy connects',
    judge: ofProxy(({ plain }) => !plain.trusted),
    says: 'The proxy {proxy} connects from {peer}, which tlsEndedBy.addresses does not list: nothing that it says about clients counts.',
    advice: 'Add {peer} to listen.tlsEndedBy.addresses if that is the proxy, and nothing that strangers can send from.',
  },
  {
    name: 'proxy.no_proto',
    level: 'wrong',
    looksAt: 'whether the proxy says by X-Forwarded-Proto that the client came by https',
    judge: ofProxy(({ plain }) => plain.forwardedProto === undefined),
    says: 'The proxy {proxy} does not send X-Forwarded-Proto, so every request counts as plain HTTP and is refused.',
    advice: 'Let it say so (nginx: proxy_set_header X-Forwarded-Proto $scheme; HAProxy: http-request set-header X-Forwarded-Proto https).',
  },
  {
    name: 'proxy.no_address',
    level: 'wrong',
    looksAt: 'whether the proxy says by X-Forwarded-For where the client is',
    judge: ofProxy(({ plain }) => plain.forwardedFor === undefined),
    says: 'The proxy {proxy} does not send X-Forwarded-For: all clients look like one, share one rate limit, and the record cannot tell them apart.',
    advice: 'Let it say so (nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; HAProxy: option forwardfor).',
  },
  {
    name: 'proxy.passes_address',
    level: 'wrong',
    looksAt: 'whether a stranger’s own X-Forwarded-For reaches the server as if the proxy had written it',
    judge: ofProxy(({ lying, lie }) => lastOf(lying?.forwardedFor) === lie.address),
    says: 'The proxy {proxy} passes on the X-Forwarded-For of strangers as it came: anybody can pretend to any address and get around limits.',
    advice: 'Let it append or replace the header (nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for).',
  },
  {
    name: 'proxy.passes_proto',
    level: 'wrong',
    looksAt: 'whether a stranger’s own X-Forwarded-Proto reaches the server',
    judge: ofProxy(({ plain, lying, lie }) => wordsOf(lying?.forwardedProto).includes(lie.proto) && plain.forwardedProto !== lie.proto),
    says: 'The proxy {proxy} passes on the X-Forwarded-Proto of strangers: who came by plain HTTP can claim https, and the other way round.',
    advice: 'Let it always set the header itself (nginx: proxy_set_header X-Forwarded-Proto $scheme).',
  },
  {
    name: 'proxy.unnamed',
    level: 'warning',
    looksAt: 'whether there is a proxy that the configuration does not name',
    judge: (facts) => {
      const way = seen(facts)
      const isUnnamed = way !== undefined && way.proxy === undefined && (way.plain.forwardedFor ?? way.plain.forwardedProto) !== undefined
      return when(isUnnamed, { peer: way?.plain.peer ?? '' })
    },
    says: 'Requests come through a proxy at {peer} that the configuration does not name: all clients look like that one address.',
    advice: 'Name it in listen.tlsEndedBy with its addresses, or take it away.',
  },
]
