/** Whether clients reach this server at the address that the configuration names. @module */

import { when, type Check } from '../check.ts'
import type { Facts } from '../facts.ts'

const silent = (facts: Facts, why: string): boolean =>
  facts.issuer?.discovery.is === 'silence' && facts.issuer.discovery.why === why && facts.server?.running === true

export const configurationChecks: readonly Check[] = [
  {
    name: 'configuration.mistake',
    level: 'wrong',
    looksAt: 'whether the configuration can be read, is complete, and agrees with itself',
    judge: ({ configuration = [] }) => configuration.map((mistake) => ({ mistake })),
    says: 'The configuration is not right: {mistake}.',
    advice: 'Every setting is in docs/reference/settings.md. Nothing else was looked at.',
  },
  {
    name: 'configuration.without_pkce',
    level: 'warning',
    looksAt: 'whether a client of the configuration may go without PKCE',
    judge: ({ withoutPkce = [] }) => withoutPkce.map((client) => ({ client })),
    says: 'The client {client} signs people in without PKCE (unsafelyWithoutPkce).',
    advice: 'Whoever gets hold of a code and of the client’s secret can use it. Teach the client PKCE, then take the setting out.',
  },
]

export const issuerChecks: readonly Check[] = [
  {
    name: 'issuer.not_running',
    level: 'wrong',
    looksAt: 'whether a server answers on the socket in the data directory',
    judge: ({ server }) => when(server?.running === false, { socket: server?.socket ?? '' }),
    says: 'No server is running here: nobody answers on {socket}.',
    advice: 'Start it: countersign start --config FILE. What can only be seen while it runs was not looked at.',
  },
  {
    name: 'issuer.unknown_name',
    level: 'wrong',
    looksAt: 'whether the name in the issuer has an address',
    judge: (facts) => when(silent(facts, 'unknown-name'), { host: facts.issuer?.host ?? '' }),
    says: 'The name {host} has no address here, so nobody can reach the issuer by it.',
    advice: 'Add it to the DNS, or put the right name into issuer.',
  },
  {
    name: 'issuer.unreachable',
    level: 'wrong',
    looksAt: 'whether anything answers at the issuer',
    judge: (facts) =>
      when(silent(facts, 'refused') || silent(facts, 'no-answer'), {
        url: facts.issuer?.url ?? '',
        code: facts.issuer?.discovery.is === 'silence' ? facts.issuer.discovery.code : '',
      }),
    says: 'The server runs, but nobody answers at {url} ({code}).',
    advice: 'Look whether the proxy runs, the firewall lets the port through, and issuer names the port that clients use.',
  },
  {
    name: 'issuer.no_tls',
    level: 'wrong',
    looksAt: 'whether an https issuer is answered with TLS 1.2 or newer',
    judge: (facts) => when(silent(facts, 'no-tls'), { url: facts.issuer?.url ?? '' }),
    says: 'What answers at {url} does not speak TLS.',
    advice: 'The port is one of plain HTTP, or the proxy does not end TLS on it. Point issuer at the port that does.',
  },
  {
    name: 'issuer.not_discovered',
    level: 'wrong',
    looksAt: 'whether the issuer answers with a discovery document',
    judge: ({ issuer }) =>
      when(issuer?.discovery.is === 'answer' && issuer.names === undefined, {
        url: issuer?.url ?? '',
        status: String(issuer?.discovery.is === 'answer' ? issuer.discovery.status : ''),
      }),
    says: 'Something answers at {url}, but not with a discovery document (status {status}).',
    advice: 'Another program has the address, or the proxy sends /.well-known/ elsewhere or changes the path or the Host header.',
  },
  {
    name: 'issuer.other',
    level: 'wrong',
    looksAt: 'whether discovery names the issuer that is configured, letter by letter',
    judge: ({ issuer }) =>
      when(issuer?.names !== undefined && issuer.names !== issuer.url, { url: issuer?.url ?? '', names: issuer?.names ?? '' }),
    says: 'Discovery at {url} says that it is {names}. Clients compare the two and refuse.',
    advice: 'Another server answers there, or this one was started with another configuration: restart it with this one.',
  },
  {
    name: 'issuer.other_server',
    level: 'wrong',
    looksAt: 'whether the server behind the public address is the one in this data directory',
    judge: ({ issuer, way }) => when(way?.plain === 'unknown' && issuer?.names === issuer?.url, { url: issuer?.url ?? '' }),
    says: 'A server answers at {url} with the right name, but it is another one: it has other keys than this one.',
    advice: 'An old server still runs, or the proxy points at another machine. All servers of an issuer share one database.',
  },
]
