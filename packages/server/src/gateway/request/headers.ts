/**
 * What of a message's head goes through, in both directions, on raw lists of
 * alternating names and values so that nothing is merged or reordered on the way.
 *
 * INVARIANT (no borrowed voice): an app never sees an identity, an address or a
 * path that we did not put there, and a browser never sees a cookie of ours
 * that we did not set. CGI-like servers read `_` and `-` as the same, so here
 * they are the same too.
 *
 * @module
 */

/** Headers of one connection, RFC 9110 section 7.6.1, and those of upgrades that we write ourselves. */
const ofConnection: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-authentication-info',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])

/** What would tell an app who asks, from where, or that another path or method was meant than the one that was decided. */
const deceiving: ReadonlySet<string> = new Set([
  'forwarded',
  'host',
  // Answered by us before the body is asked for.
  'expect',
  'remote-user',
  'remote-addr',
  'x-real-ip',
  'x-client-ip',
  'x-originating-ip',
  'cf-connecting-ip',
  'fastly-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'client-ip',
  'x-host',
  'x-rewrite-url',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  // CGI turns it into HTTP_PROXY.
  'proxy',
  // A trace that a stranger names would be kept, however few of them are; what they say in it, apps may believe.
  'traceparent',
  'tracestate',
  'baggage',
])

/** The identities among them are those that other gateways are known to say, and that apps can be told to believe. */
const deceivingPrefixes = [
  'countersign-',
  'x-countersign-',
  'x-forwarded',
  'x-original-',
  'x-remote-',
  'x-webauth-',
  'x-auth-request-',
  'x-authenticated-',
  'x-ssl-client-',
] as const

/** RFC 9110 section 5.1 allows more, which some servers fold into one of these. */
const plainName = /^[a-z0-9-]+$/

/** What says where a message ends. Never taken off because some `Connection` header names it: the other side would read another end. */
const framing: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding'])

/** Would send the browser to another authority, past us. */
const leadingAway: ReadonlySet<string> = new Set(['alt-svc'])

/** A cookie of ours under any of the names that a browser may keep it by. */
const ourCookie = /^(?:__(?:host|secure)-)?countersign_/i

type RawHeaders = readonly string[]

/**
 * The head of a request for the app: what the browser sent without what is ours to say, then `ours`.
 *
 * A name that is not made of letters, digits and `-` does not go through at all: `Content_Length` and `Content-Length` are one
 * to many servers, `X.Forwarded.For` and `X-Forwarded-For` to some.
 */
export function requestHeaders(raw: RawHeaders, ours: RawHeaders): string[] {
  const dropped = nominated(raw)
  const kept: string[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? ''
    const value = raw[at + 1] ?? ''
    const known = name.toLowerCase()
    if (!plainName.test(known) || ofConnection.has(known) || deceiving.has(known) || isPrefixed(known) || dropped.has(known)) continue
    if (known !== 'cookie') kept.push(name, value)
    else {
      const others = withoutOurCookies(value)
      if (others !== '') kept.push(name, others)
    }
  }
  kept.push(...ours)
  return kept
}

/** The head of an app's answer for the browser. `added` are headers for answers that lack them. */
export function responseHeaders(raw: RawHeaders, added: Readonly<Record<string, string>> = {}): string[] {
  const dropped = nominated(raw)
  const kept: string[] = []
  const missing = new Map(Object.entries(added))
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? ''
    const value = raw[at + 1] ?? ''
    const known = normal(name)
    if (ofConnection.has(known) || dropped.has(known) || leadingAway.has(known)) continue
    if (known.startsWith('countersign-') || known.startsWith('x-countersign-')) continue
    if (known === 'set-cookie' && setsOurCookie(value)) continue
    missing.delete(known)
    kept.push(name, value)
  }
  for (const [name, value] of missing) kept.push(name, value)
  return kept
}

/**
 * Trailers of an app's answer, without those that RFC 9110 section 6.5.1 forbids there.
 *
 * Trailers of requests are not forwarded at all, as the section allows: many servers merge them into the
 * headers, and a name that we took out of the head would come back that way.
 */
export function responseTrailers(raw: RawHeaders): string[] {
  const kept = responseHeaders(raw)
  return kept.filter((_, at) => !notInTrailers.has(normal(kept[at - (at % 2)] ?? '')))
}

const notInTrailers: ReadonlySet<string> = new Set([
  ...framing,
  'content-encoding',
  'content-type',
  'content-range',
  'host',
  'cache-control',
  'authorization',
  'set-cookie',
  'location',
  'www-authenticate',
])

/** A `Cookie` value without our cookies; empty when nothing remains. */
export function withoutOurCookies(value: string): string {
  if (!/countersign_/i.test(value)) return value
  const others = value.split(';').filter((pair) => !ourCookie.test(pair.trim().replace(/^=/, '').trimStart()))
  return others.join(';').trim()
}

/** Whether a browser would keep a `Set-Cookie` under a name of ours. A cookie without a name is sent back as its value alone. */
export function setsOurCookie(value: string): boolean {
  return ourCookie.test(value.trim().replace(/^=/, '').trimStart())
}

/** What `Connection` names is for one connection too. */
function nominated(raw: RawHeaders): ReadonlySet<string> {
  const names = new Set<string>()
  for (let at = 0; at + 1 < raw.length; at += 2) {
    if (normal(raw[at] ?? '') !== 'connection') continue
    for (const name of (raw[at + 1] ?? '').split(',')) names.add(normal(name.trim()))
  }
  for (const name of framing) names.delete(name)
  return names
}

function isPrefixed(known: string): boolean {
  return deceivingPrefixes.some((prefix) => known.startsWith(prefix))
}

function normal(name: string): string {
  return name.toLowerCase().replaceAll('_', '-')
}
