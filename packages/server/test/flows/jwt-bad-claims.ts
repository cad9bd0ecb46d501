/** Claims under the right key that must not be believed, by the kinds that they concern. @module */

import type { Claims } from './jwt-kinds.ts'

type Change = (claims: Claims) => Claims

type Row = readonly [string, Change]

/** Numbers that are no time, and what is no number at all. JSON has neither NaN nor infinity, but `1e400` is read as one. */
const noTimes: readonly unknown[] = [null, true, '1800000000', [1_800_000_000], {}, '', 'soon']

const issuers: readonly unknown[] = [
  undefined,
  null,
  '',
  'http://localhost:9000/',
  'http://localhost:9001',
  'HTTP://LOCALHOST:9000',
  ['http://localhost:9000'],
  7,
]

const rows = (name: string, values: readonly unknown[]): readonly Row[] =>
  values.map((value) => [`${name} ${JSON.stringify(value) ?? 'left out'}`, () => ({ [name]: value })] as const)

const hourAgo: Change = ({ exp }) => ({ exp: Number(exp) - 3_600 })
const audiences = (right: string): readonly unknown[] => [
  undefined,
  null,
  '',
  'https://other.example',
  `${right}/`,
  right.slice(0, -1),
  [],
  [[right]],
  7,
  {},
]

/** What tells a kind from another is told by these too, so each kind has its own. */
export function badClaims(kind: string): readonly Row[] {
  if (kind.startsWith('access token'))
    return [
      ...rows('iss', issuers),
      ...rows('aud', audiences('https://api.example')),
      ...rows('exp', [...noTimes, undefined, 0, -1, 1e12]),
      ...rows('nbf', [...noTimes, 4_000_000_000]),
      ...rows('iat', [...noTimes, undefined]),
      ['exp an hour ago', hourAgo],
      ...rows('jti', [undefined, '', 7, null, 'ses_0000000000000000000000']),
      ...rows('sub', [undefined, '', 7, null, 'admin', 'ten_0000000000000000000000']),
      ...rows('client_id', [undefined, '', 7, null]),
      ...rows('gen', [undefined, '0', null]),
      ...rows('cnf', [null, {}, 7, { jkt: 'short' }, { kid: 'x' }, { jwk: {} }]),
    ]
  if (kind.startsWith('id_token_hint'))
    return [
      ...rows('iss', issuers),
      ...rows('sub', [undefined, '', 7, null, 'admin', 'ses_0000000000000000000000']),
      ...rows('sid', [undefined, '', 7, null]),
      ...rows('aud', [undefined, '', 7, null, 'another-app', []]),
    ]
  if (kind === 'client assertion')
    return [
      ...rows('iss', [undefined, '', 7, null, 'another']),
      ...rows('sub', [undefined, '', 7, null, 'another']),
      ...rows('aud', [...audiences('http://localhost:9000'), ['http://localhost:9000', 'https://other.example']]),
      ...rows('exp', [...noTimes, undefined, 0, -1, 1e12]),
      ...rows('nbf', [...noTimes, 4_000_000_000]),
      ...rows('iat', [...noTimes, 4_000_000_000]),
      ['exp an hour ago', hourAgo],
      ['exp in a year', ({ exp }) => ({ exp: Number(exp) + 31_536_000 })],
      ...rows('jti', [undefined, '', 7, null, 'j'.repeat(256)]),
    ]
  if (kind === 'DPoP proof')
    return [
      ...rows('htm', [undefined, '', 7, null, 'post', 'GET', ['POST']]),
      ...rows('htu', [
        undefined,
        '',
        7,
        null,
        'http://localhost:9000/',
        'http://localhost:9000/token/',
        'http://localhost:9001/token',
        'https://localhost:9000/token',
        'http://x@localhost:9000/token',
        '/token',
      ]),
      ...rows('iat', [...noTimes, undefined, 0, -1, 1e12, 4_000_000_000]),
      ...rows('jti', [undefined, '', 7, null, 'j'.repeat(256)]),
      ...rows('ath', ['', 'A'.repeat(43), 7]),
      ...rows('nonce', [7, {}]),
    ]
  return [
    ...rows('iss', issuers),
    ...rows('aud', audiences('https://notes.example')),
    ...rows('exp', [...noTimes, undefined, 0, -1, 1e12]),
    ...rows('iat', [...noTimes, undefined, 4_000_000_000]),
    ...rows('nbf', [...noTimes, 4_000_000_000]),
    ['exp an hour ago', hourAgo],
    ...rows('htm', [undefined, 'POST', 7]),
    ...rows('htu', [undefined, 'https://other.example/', 7]),
    ...rows('sub', [undefined, 7, null]),
  ]
}
