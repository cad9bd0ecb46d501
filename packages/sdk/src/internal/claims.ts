/** Reads claims one by one; a claim of the wrong kind refuses the token. @module */

import { VerificationError } from '../verification-error.ts'
import { isRecord } from './json.ts'

export type Claims = Readonly<Record<string, unknown>>

/** Nothing that is issued has longer lists. */
const maxMembers = 256

export function requireText(claims: Claims, name: string): string {
  return findText(claims, name) ?? wrong()
}

export function findText(claims: Claims, name: string): string | undefined {
  const value = claims[name]
  return value === undefined || (typeof value === 'string' && value !== '') ? value : wrong()
}

export function requireTexts(claims: Claims, name: string): readonly string[] {
  return findTexts(claims, name) ?? wrong()
}

export function findTexts(claims: Claims, name: string): readonly string[] | undefined {
  const value = claims[name]
  if (value === undefined) return undefined
  return Array.isArray(value) && value.length <= maxMembers && value.every((member) => typeof member === 'string') ? value : wrong()
}

/** A NumericDate of RFC 7519 section 2, whole seconds, as milliseconds. */
export function requireTimeMs(claims: Claims, name: string): number {
  return findTimeMs(claims, name) ?? wrong()
}

export function findTimeMs(claims: Claims, name: string): number | undefined {
  const value = claims[name]
  if (value === undefined) return undefined
  return typeof value === 'number' && Number.isSafeInteger(value * 1000) && Number.isInteger(value) && value >= 0 ? value * 1000 : wrong()
}

export function requireRecord(claims: Claims, name: string): Claims {
  const value = claims[name]
  return isRecord(value) ? value : wrong()
}

/** Words separated by single spaces, RFC 6749 section 3.3. */
export function findScopes(claims: Claims): readonly string[] | undefined {
  return findText(claims, 'scope')?.split(' ')
}

function wrong(): never {
  throw new VerificationError('token.wrong_claims')
}
