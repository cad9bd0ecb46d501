/** Where a quoted text ends. By hand: a regular expression keeps a way back for every letter, and its stack is bounded. @module */

const quote = 0x22
const backslash = 0x5c

/**
 * The place of the quote that ends what begins at `start` with one; -1 when none does, or a letter stands before it
 * that `isAllowed` does not take, bare or after a backslash.
 */
export function endOfQuoted(text: string, start: number, isAllowed: (code: number, isEscaped: boolean) => boolean): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === quote) return at
    const isEscaped = code === backslash
    if (isEscaped) at += 1
    if (!isAllowed(isEscaped ? text.charCodeAt(at) : code, isEscaped)) return -1
  }
  return -1
}
