/** Patterns of `like`, matched without a regular expression. @module */

import { readList, readObject, readText, member, refuseInput, type Path } from '../read/plain.ts'

/**
 * Compiles a pattern: literal pieces with a wildcard between each two. The first
 * must begin the text, the last must end it, and each between them is taken where
 * it comes first, which leaves the most to the rest; so nothing is tried twice.
 */
export function compilePattern(json: unknown, path: Path): (text: string) => boolean {
  const pieces = ['']
  for (const [at, element] of readList(json, path).entries()) {
    if (element === 'Wildcard') pieces.push('')
    else pieces.push((pieces.pop() ?? '') + readLiteral(element, [...path, at]))
  }
  const [first = '', ...rest] = pieces
  const last = rest.pop()
  if (last === undefined) return (text) => text === first
  const between = rest.filter((piece) => piece !== '')
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false
    const end = text.length - last.length
    let at = first.length
    for (const piece of between) {
      const found = text.indexOf(piece, at)
      if (found === -1) return false
      at = found + piece.length
    }
    return at <= end
  }
}

function readLiteral(element: unknown, path: Path): string {
  const literal = member(readObject(element, path), 'Literal')
  return literal === undefined ? refuseInput('input.missing', path, 'neither Wildcard nor a Literal') : readText(literal, path)
}
