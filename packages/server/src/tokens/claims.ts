/** The claims of a token whose signature holds: signed, and still of any shape. @module */

export type Claims = Readonly<Record<string, unknown>>

/** A claim as text; empty when it is none, which no reader of ours accepts. */
export function textOf(claims: Claims, name: string): string {
  const value = claims[name]
  return typeof value === 'string' ? value : ''
}
