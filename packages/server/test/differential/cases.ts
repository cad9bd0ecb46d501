/** Compact JWS as the seed has them: right ones, and those that are broken on the way. @module */

import { base64url, utf8 } from '#kernel'
import type { Random } from './random.ts'
import { givenKeys, plainKeys, signed, type Given } from './signers.ts'
import { headerText, part, payloads, payloadText, respelled, signature, usualHeader, type Draft, type Form } from './spellings.ts'
import type { Stricter } from './stricter.ts'

export interface Case {
  readonly form: Form
  readonly given: Given
  readonly token: string
  /** Our rules that this is about. One of them is enough that we must refuse. */
  readonly stricter: ReadonlySet<Stricter>
  /** Nothing was done to it: both take it. */
  readonly plain: boolean
}

/** A signed token before anything happens to it on the way. Signing costs more than judging, so each is broken often. */
export type Base = Case

const forms: readonly Form[] = ['own', 'assertion', 'proof']

export function drawBase(random: Random): Base {
  if (random.once(3)) return plainBase(random)
  const form = random.pick(forms)
  const given = form === 'own' ? random.pick(ownKeys) : random.pick(random.once(3) ? givenKeys : plainKeys)
  const draft: Draft = { form, given, stricter: new Set(given.stricter), plain: given.plain }
  if (form === 'proof') notInProofs(draft)
  const head = part(headerText(draft, random), draft, random)
  const body = part(payloadText(draft, random), draft, random)
  const text = `${head}.${body}`
  const tail = part(signature(text, draft, random), draft, random)
  return { form, given, token: `${text}.${tail}`, stricter: draft.stricter, plain: draft.plain }
}

/** A right one; the payload is one of many. */
function plainBase(random: Random): Base {
  const form = random.pick(forms)
  const given = random.pick(form === 'own' ? ownKeys : plainKeys)
  const header = usualHeader({ form, given, stricter: new Set(), plain: true })
  const text = `${base64url(utf8(JSON.stringify(header)))}.${base64url(utf8(random.pick(payloads)))}`
  return { form, given, token: `${text}.${base64url(signed(given.signer, text))}`, stricter: new Set(), plain: true }
}

/** What we sign ourselves is verified by the key as we publish it. */
const ownKeys = plainKeys.filter(({ jwk, signer }) => JSON.stringify(jwk) === JSON.stringify(signer.jwk))

/** In a proof the key has no name of its own, and may leave its algorithm to the header. */
function notInProofs(draft: Draft): void {
  draft.stricter.delete('a kid that is none')
  if (draft.given.jwk['alg'] === undefined) draft.stricter.delete('another alg')
}

/** What happens to a token on the way: mostly nothing. */
export function drawCase(base: Base, random: Random): Case {
  if (random.once(3)) return base
  const token = broken(base.token, random)
  const stricter = new Set(base.stricter)
  if (token !== base.token && isRespelled(token)) stricter.add('another spelling of bytes')
  return { ...base, token, stricter, plain: base.plain && token === base.token }
}

/** Whether a part is not in the one spelling of its bytes. */
function isRespelled(token: string): boolean {
  return token.split('.').some((text) => Buffer.from(text, 'base64url').toString('base64url') !== text)
}

const anyCharacter: readonly string[] = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n"{}é\u0000')

function broken(token: string, random: Random): string {
  const parts = token.split('.')
  const [head = '', body = '', tail = ''] = parts
  const at = random.below(token.length + 1)
  switch (random.below(16)) {
    case 0:
      return token.slice(0, at) + random.pick(anyCharacter) + token.slice(at + 1)
    case 1:
      return token.slice(0, at) + random.pick(anyCharacter) + token.slice(at)
    case 2:
      return token.slice(0, at) + token.slice(at + 1 + random.below(4))
    case 3:
      return `${head}.${body}`
    case 4:
      return `${head}.${body}.`
    case 5:
      return `${head}..${tail}`
    case 6:
      return `.${body}.${tail}`
    case 7:
      return `${token}${random.pick(['.', '.AAAA', '.AAAA.AAAA', ' ', '\n', '='])}`
    case 8:
      return `${random.pick([' ', '\n', '.', 'A', '"', 'Bearer '])}${token}`
    case 9:
      return `${body}.${head}.${tail}`
    case 10:
      return `${head}.${body}.${respelled(tail, random)}`
    case 11:
      return `${head}.${respelled(body, random)}.${tail}`
    case 12:
      return `${respelled(head, random)}.${body}.${tail}`
    case 13:
      return `${head}.${body}.${tail.slice(0, random.below(tail.length + 1))}`
    case 14: {
      const none = Buffer.from(JSON.stringify({ typ: 'JWT', alg: random.pick(['none', 'None', 'NONE']) })).toString('base64url')
      return `${none}.${body}.${random.pick(['', tail])}`
    }
    default:
      return token.slice(0, at)
  }
}
