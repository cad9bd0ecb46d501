/**
 * Where people are reached besides by email: a telephone number and a postal
 * address, OpenID Connect Core sections 5.1 and 5.1.1. Both are kept as they were
 * written; nobody signs in by them.
 *
 * @module
 */

import { isPlainText } from './plain-text.ts'

/** Members that are absent are not known. There is at least one. */
export interface Address {
  /** The whole as one writes it on an envelope; lines end with `\n`. */
  readonly formatted?: string | undefined
  /** Street and house number, or a box; lines end with `\n`. */
  readonly streetAddress?: string | undefined
  readonly locality?: string | undefined
  readonly region?: string | undefined
  readonly postalCode?: string | undefined
  readonly country?: string | undefined
}

/** The members of an address, each with how long it may be and whether it may have several lines. */
const members = {
  formatted: { most: 512, lines: true },
  streetAddress: { most: 256, lines: true },
  locality: { most: 128, lines: false },
  region: { most: 128, lines: false },
  postalCode: { most: 32, lines: false },
  country: { most: 64, lines: false },
} as const

const names = Object.keys(members) as readonly (keyof Address)[]

/** Undefined for what is no address. */
export function readAddress(asked: Address): Address | undefined {
  const said = names.flatMap((name) => (asked[name] === undefined ? [] : [[name, asked[name]] as const]))
  const fits = said.every(([name, value]) => {
    const { most, lines } = members[name]
    const whole = lines ? value.replaceAll('\n', ' ') : value
    return value.length <= most && value.trim() !== '' && isPlainText(whole, most)
  })
  return said.length > 0 && fits ? Object.fromEntries(said.map(([name, value]) => [name, value.normalize('NFC')])) : undefined
}

/** E.164 with the separators that people write, and an extension as RFC 3966 writes it. */
const telephone = /^\+[1-9](?:[ ().-]{0,2}[0-9]){3,14}\)?(?:;ext=[0-9]{1,8})?$/

/** Undefined for what is no number that can be called from everywhere. */
export function readTelephone(text: string): string | undefined {
  return telephone.test(text) ? text : undefined
}
