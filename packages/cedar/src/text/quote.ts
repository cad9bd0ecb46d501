/** Writing names and strings as Cedar's text has them. @module */

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\', '\0': '\\0', '"': '\\"' }

/** What a reader would not see, or not tell from something else. */
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\\"]/gu

/** A text as it stands between quotes. */
export function escapeText(text: string): string {
  return text.replace(hidden, (letter) => escapes[letter] ?? `\\u{${(letter.codePointAt(0) ?? 0).toString(16)}}`)
}

export function quote(text: string): string {
  return `"${escapeText(text)}"`
}

const plainName = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Words of Cedar that name nothing else. */
export const reservedWords: ReadonlySet<string> = new Set(['true', 'false', 'if', 'then', 'else', 'in', 'is', 'like', 'has', '__cedar'])

/** Whether a text has the shape of a name, reserved or not. */
export function isName(text: string): boolean {
  return plainName.test(text)
}

/** Whether a name can stand without quotes. */
export function isPlainName(name: string): boolean {
  return plainName.test(name) && !reservedWords.has(name)
}
