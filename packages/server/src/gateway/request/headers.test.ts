import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestHeaders, responseHeaders, responseTrailers } from './headers.ts'

const requests: readonly (readonly [says: string, raw: readonly string[], kept: readonly string[]])[] = [
  [
    'ordinary headers go through as they are, twice if they came twice',
    ['Accept', 'a', 'X-One', '1', 'x-one', '2'],
    ['Accept', 'a', 'X-One', '1', 'x-one', '2'],
  ],
  [
    'what another header than Connection names stays',
    ['X-Names', 'accept, cookie', 'Accept', 'a', 'Cookie', 'a=b'],
    ['X-Names', 'accept, cookie', 'Accept', 'a', 'Cookie', 'a=b'],
  ],
  ['an assertion that the caller made', ['Countersign-Assertion', 'forged'], []],
  ['an assertion with underscores', ['Countersign_Assertion', 'forged', 'COUNTERSIGN_ASSERTION', 'forged'], []],
  [
    'names that some servers read as one of ours (PHP folds dots)',
    ['Countersign.Assertion', 'forged', 'X.Forwarded.For', '1.2.3.4', 'X~Forwarded~For', '1.2.3.4'],
    [],
  ],
  [
    'identities and addresses that apps can be told to believe of other gateways',
    [
      'Remote-User',
      'a',
      'X-Remote-User',
      'a',
      'X-WebAuth-User',
      'a',
      'X-Auth-Request-Email',
      'a',
      'X-Forwarded',
      'for=1',
      'X-Original-Forwarded-For',
      '1',
    ],
    [],
  ],
  ['other headers that look like ours', ['X-Countersign-User', 'alice', 'x_countersign_user', 'alice'], []],
  [
    'addresses that the caller claims',
    [
      'X-Forwarded-For',
      '1.2.3.4',
      'X-Forwarded-Host',
      'evil',
      'X_Forwarded_Proto',
      'https',
      'Forwarded',
      'for=1.2.3.4',
      'X-Real-IP',
      '1.2.3.4',
    ],
    [],
  ],
  [
    'another path or method than the decided one',
    [
      'X-Original-URL',
      '/admin',
      'X-Rewrite-URL',
      '/admin',
      'X-HTTP-Method-Override',
      'DELETE',
      'X-HTTP-Method',
      'DELETE',
      'X-Method-Override',
      'DELETE',
    ],
    [],
  ],
  ['the host of the caller', ['Host', 'notes.localhost:9001'], []],
  [
    'headers of the connection',
    [
      'Connection',
      'keep-alive',
      'Keep-Alive',
      'timeout=5',
      'Proxy-Connection',
      'x',
      'TE',
      'trailers',
      'Trailer',
      'x',
      'Upgrade',
      'h2c',
      'HTTP2-Settings',
      'x',
      'Proxy-Authorization',
      'x',
    ],
    [],
  ],
  ['headers that Connection names', ['Connection', 'close, X-Secret', 'X-Secret', '1', 'x_secret', '2', 'X-Other', '3'], ['X-Other', '3']],
  ['a length that Connection names', ['Connection', 'Content-Length', 'Content-Length', '3'], ['Content-Length', '3']],
  ['our session cookie', ['Cookie', 'countersign_gateway=g1.x'], []],
  ['our session cookie on https', ['Cookie', '__Host-countersign_gateway=g1.x'], []],
  [
    'our cookies among others',
    ['Cookie', 'a=1; countersign_gateway=g1.x; b=2; __Host-countersign_flow_0=f; c=countersign_gateway'],
    ['Cookie', 'a=1; b=2; c=countersign_gateway'],
  ],
  ['our cookies in any case and without spaces', ['Cookie', 'COUNTERSIGN_gateway=g1.x;__SECURE-countersign_x=1;a=1'], ['Cookie', 'a=1']],
  ['a cookie without a name that would be ours', ['Cookie', '=countersign_gateway=g1.x; a=1'], ['Cookie', 'a=1']],
  ['two Cookie headers', ['Cookie', 'a=1', 'cookie', 'countersign_gateway=g1.x'], ['Cookie', 'a=1']],
  ['authorization, which is the app’s business', ['Authorization', 'Bearer t'], ['Authorization', 'Bearer t']],
]

for (const [says, raw, kept] of requests) {
  test(`to the app: ${says}`, () => assert.deepEqual(requestHeaders(raw, ['Host', 'ours']), [...kept, 'Host', 'ours']))
}

const responses: readonly (readonly [says: string, raw: readonly string[], kept: readonly string[]])[] = [
  [
    'ordinary headers',
    ['Content-Type', 'text/html', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'],
    ['Content-Type', 'text/html', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'],
  ],
  ['a session cookie of ours', ['Set-Cookie', 'countersign_gateway=x; Path=/'], []],
  ['one with the prefix, in any case', ['Set-Cookie', '__HOST-Countersign_gateway=x', 'set-cookie', ' __Secure-countersign_a=1'], []],
  ['one without a name', ['Set-Cookie', '=countersign_gateway=x', 'Set-Cookie', 'countersign_gateway'], []],
  ['a cookie that only mentions ours', ['Set-Cookie', 'a=countersign_gateway'], ['Set-Cookie', 'a=countersign_gateway']],
  ['headers like ours', ['Countersign-Assertion', 'x', 'X-Countersign-Y', 'x'], []],
  ['headers of the connection', ['Connection', 'close, X-Hop', 'X-Hop', '1', 'Transfer-Encoding', 'chunked', 'Keep-Alive', 'x'], []],
  ['another way around us', ['Alt-Svc', 'h3=":443"'], []],
]

for (const [says, raw, kept] of responses) {
  test(`to the browser: ${says}`, () => assert.deepEqual(responseHeaders(raw), kept))
}

test('headers are added to answers that lack them, and only to those', () => {
  const added = { 'x-frame-options': 'DENY', 'x-content-type-options': 'nosniff' }
  assert.deepEqual(responseHeaders(['X-Frame-Options', 'SAMEORIGIN'], added), [
    'X-Frame-Options',
    'SAMEORIGIN',
    'x-content-type-options',
    'nosniff',
  ])
})

test('trailers of an answer hold no framing, no cookies and nothing like ours', () => {
  const raw = [
    'X-Sum',
    '1',
    'Content-Length',
    '3',
    'Transfer-Encoding',
    'chunked',
    'Set-Cookie',
    'a=1',
    'Countersign-X',
    '1',
    'Content-Type',
    'x',
  ]
  assert.deepEqual(responseTrailers(raw), ['X-Sum', '1'])
})
