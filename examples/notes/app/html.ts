/**
 * HTML from templates in which every value is escaped, unless it is HTML itself.
 *
 * @module
 */

export class Html {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  toString(): string {
    return this.#text
  }
}

type Part = Html | string | number | undefined | readonly Part[]

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function write(part: Part): string {
  if (part === undefined) return ''
  if (part instanceof Html) return part.toString()
  if (Array.isArray(part)) return part.map(write).join('')
  return String(part).replaceAll(/[&<>"']/g, (letter) => escapes[letter] ?? letter)
}

export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(texts.map((text, at) => text + write(parts[at])).join(''))
}
