/**
 * Distinguished names in the string form of RFC 4514, compared with those in
 * certificates.
 *
 * DIFFERS FROM RFC 4517 s.4.2: values are compared as they are, in case and spaces
 * too. Two spellings of one name are refused rather than two names believed to be one.
 *
 * @module
 */

import { readElements, readOid, type Element } from './read-der.ts'

/** One attribute: its type as dotted numbers, its value as text. */
type Attribute = readonly [type: string, value: string]

/** RFC 4514 section 3, and what certificates commonly have beside that. */
const types: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  C: '2.5.4.6',
  STREET: '2.5.4.9',
  DC: '0.9.2342.19200300.100.1.25',
  UID: '0.9.2342.19200300.100.1.1',
  SERIALNUMBER: '2.5.4.5',
  ORGANIZATIONIDENTIFIER: '2.5.4.97',
  JURISDICTIONCOUNTRYNAME: '1.3.6.1.4.1.311.60.2.1.3',
  BUSINESSCATEGORY: '2.5.4.15',
  EMAILADDRESS: '1.2.840.113549.1.9.1',
}

/** A name in one spelling: two that are the same have the same. */
export type NormalName = string

/** Reads the string form. Undefined for what is none, or has a type that is not known here and not written as numbers. */
export function readDistinguishedName(text: string): NormalName | undefined {
  const names = splitAt(text, ',')?.map((rdn) => splitAt(rdn, '+')?.map(readAttribute))
  if (names === undefined || names.length === 0) return undefined
  const read = names.map((rdn) => (rdn?.every((attribute) => attribute !== undefined) === true ? (rdn as readonly Attribute[]) : undefined))
  return read.every((rdn) => rdn !== undefined) ? normal(read.toReversed()) : undefined
}

/** The name in a certificate (section 2: its string form has the last first). Undefined for one with a value that is no text. */
export function readEncodedName(content: Uint8Array): NormalName | undefined {
  const rdns = readElements(content)?.map(({ content: set }) => readElements(set)?.map(readEncodedAttribute))
  if (rdns === undefined || rdns.length === 0) return undefined
  const read = rdns.map((rdn) => (rdn?.every((attribute) => attribute !== undefined) === true ? (rdn as readonly Attribute[]) : undefined))
  return read.every((rdn) => rdn !== undefined) ? normal(read) : undefined
}

function normal(rdns: readonly (readonly Attribute[])[]): NormalName {
  return JSON.stringify(rdns.map((rdn) => rdn.map((attribute) => JSON.stringify(attribute)).toSorted()))
}

/** Splits where a character stands unescaped. Undefined for an escape that nothing follows. */
function splitAt(text: string, separator: ',' | '+'): readonly string[] | undefined {
  const parts = ['']
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at)
    if (character === separator) parts.push('')
    else if (character === '\\') {
      if (at + 1 >= text.length) return undefined
      parts.push(`${parts.pop() ?? ''}${text.slice(at, at + 2)}`)
      at += 1
    } else parts.push(`${parts.pop() ?? ''}${character}`)
  }
  return parts
}

function readAttribute(text: string): Attribute | undefined {
  const [, name = '', value = ''] = /^ *([A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)+)=([^]*)$/.exec(text) ?? []
  const type = /^[0-9]/.test(name) ? name : types[name.toUpperCase()]
  const read = type === undefined || name === '' ? undefined : readValue(value)
  return type === undefined || read === undefined ? undefined : [type, read]
}

/** Section 2.4 and 3: a special character or a pair of hexadecimal digits after a backslash. `#`, the value in BER, is not read. */
function readValue(text: string): string | undefined {
  // What stands around the separators unescaped is no part of the value.
  const trimmed = text.replace(/^ +/, '').replace(/(?<!\\) +$/, '')
  if (trimmed === '' || trimmed.startsWith('#') || /[\0";<>]/.test(trimmed.replaceAll(/\\./gs, ''))) return undefined
  const bytes: Buffer[] = []
  for (let at = 0; at < trimmed.length;) {
    const pair = /^\\([0-9A-Fa-f]{2})/.exec(trimmed.slice(at, at + 3))
    const [, escaped] = /^\\([ "#+,;<=>\\])/.exec(trimmed.slice(at, at + 2)) ?? []
    if (trimmed.charAt(at) === '\\' && pair === null && escaped === undefined) return undefined
    const [whole] = /^[^]/u.exec(trimmed.slice(at, at + 2)) ?? ['']
    bytes.push(pair?.[1] === undefined ? Buffer.from(escaped ?? whole) : Buffer.from(pair[1], 'hex'))
    at += pair !== null ? 3 : escaped !== undefined ? 2 : whole.length
  }
  return new TextDecoder('utf-8', { fatal: false }).decode(Buffer.concat(bytes))
}

function readEncodedAttribute({ content }: Element): Attribute | undefined {
  const [type, value, ...more] = readElements(content) ?? []
  const read = value === undefined || more.length > 0 ? undefined : readText(value)
  return type?.tag !== 0x06 || read === undefined ? undefined : [readOid(type.content), read]
}

/** UTF8String, PrintableString, IA5String and, as ASCII, T61String; BMPString. */
function readText({ tag, content }: Element): string | undefined {
  const bytes = Buffer.from(content)
  if (tag === 0x0c) return bytes.toString('utf8')
  if (tag === 0x13 || tag === 0x16 || tag === 0x14) return bytes.every((byte) => byte < 0x80) ? bytes.toString('latin1') : undefined
  return tag === 0x1e && bytes.length % 2 === 0 ? bytes.swap16().toString('utf16le') : undefined
}
