/**
 * What somebody may have meant who typed something else.
 *
 * @module
 */

/** Verbs of other command lines, and ours. */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  list: ['ls', 'all'],
  get: ['show', 'describe', 'view', 'info'],
  create: ['add', 'new', 'make', 'register'],
  update: ['edit', 'set', 'patch', 'change', 'rename'],
  delete: ['rm', 'remove', 'del', 'destroy'],
  end: ['delete', 'kill', 'revoke', 'rm'],
  add: ['create', 'new'],
  remove: ['delete', 'rm'],
  activate: ['apply', 'push'],
  tail: ['follow', 'logs', 'log'],
}

/** The candidate that the word is a slip or a synonym of; undefined when it is like none. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const meant = candidates.find((candidate) => synonyms[candidate]?.includes(word) === true)
  if (meant !== undefined) return meant
  const [best] = candidates
    .map((candidate) => ({ candidate, edits: editsBetween(word, candidate) }))
    .filter(({ candidate, edits }) => edits <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((left, right) => left.edits - right.edits)
  return best?.candidate
}

/** No name of ours is longer; what is typed may be. */
const longest = 64

/** Letters that were left out, added, mistaken or swapped with their neighbour (optimal string alignment). */
function editsBetween(left: string, right: string): number {
  if (left.length > longest || right.length > longest) return Number.POSITIVE_INFINITY
  const rows: number[][] = [Array.from({ length: right.length + 1 }, (_, column) => column)]
  for (let row = 1; row <= left.length; row += 1) {
    const edits = [row]
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1]
      const swapped = row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      edits[column] = Math.min(
        (rows[row - 1]?.[column] ?? 0) + 1,
        (edits[column - 1] ?? 0) + 1,
        (rows[row - 1]?.[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (rows[row - 2]?.[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    rows.push(edits)
  }
  return rows[left.length]?.[right.length] ?? 0
}
