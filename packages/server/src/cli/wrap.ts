/** Text in lines that fit a terminal of the usual width. @module */

/** The width that every terminal has. */
const columns = 80

/** A left column wider than this would leave the right one no room: the right then begins on a line of its own. */
const widestLeft = 26

/** Lines of whole words, each behind `indent` spaces. A word that is longer than a line stays whole. */
export function wrap(text: string, indent = 0): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= columns - indent) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines.map((line) => ' '.repeat(indent) + line)
}

/** Names and what is said about them, in two columns. */
export function twoColumns(pairs: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.min(widestLeft, Math.max(0, ...pairs.map(([left]) => left.length)))
  const indent = 2 + width + 2
  return pairs.flatMap(([left, right]) => {
    const [first = '', ...rest] = wrap(right, indent)
    return left.length > width ? [`  ${left}`, first, ...rest] : [`  ${left.padEnd(width)}  ${first.trimStart()}`, ...rest]
  })
}
