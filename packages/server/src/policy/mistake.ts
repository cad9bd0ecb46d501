/**
 * What is wrong with a policy file, said so that its author finds the place.
 *
 * @module
 */

/** One mistake. Lines and columns count from 1; columns count characters. */
export interface Mistake {
  readonly file: string
  readonly line?: number
  readonly column?: number
  readonly says: string
}

/** A text and what it is called in mistakes. */
export interface SourceFile {
  readonly name: string
  readonly text: string
}

/** A mistake in a file as a whole. */
export function mistakeIn(file: SourceFile, says: string): Mistake {
  return { file: file.name, says }
}

/** A mistake at a place, counted in UTF-16 units from the start of the text. */
export function mistakeAt(file: SourceFile, offset: number, says: string): Mistake {
  const before = file.text.slice(0, Math.max(0, offset))
  const start = before.lastIndexOf('\n') + 1
  const line = before.split('\n').length
  return { file: file.name, line, column: Array.from(before.slice(start)).length + 1, says }
}

/** Where a byte of the text's UTF-8 form stands in the text: the parser counts bytes. */
export function offsetOfByte(text: string, byte: number): number {
  let bytes = 0
  let units = 0
  for (const character of text) {
    if (bytes >= byte) return units
    const point = character.codePointAt(0) ?? 0
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
    units += character.length
  }
  return units
}

/** `notes.cedar:12:3: …`, as compilers say it. */
export function sayMistake({ file, line, column, says }: Mistake): string {
  return `${[file, line, column].filter((part) => part !== undefined).join(':')}: ${says}`
}
