/** What a note is, and how the app and its API speak of it. @module */

export interface Note {
  readonly id: string
  readonly text: string
  /** The subject of whoever wrote it: `usr_…`. */
  readonly author: string
  /** Their name as it was then. */
  readonly authorName: string
  readonly writtenAtMs: number
}

export const longestText = 2_000

/** Text of a note: something, and not too much of it. Line ends of forms become those of text. */
export function readText(value: unknown): string | undefined {
  if (typeof value !== 'string' || !value.isWellFormed()) return undefined
  const text = value.replaceAll('\r\n', '\n').trim()
  return text.length > 0 && text.length <= longestText ? text : undefined
}

export function isNoteId(text: string): boolean {
  return /^[0-9a-f]{24}$/.test(text)
}
