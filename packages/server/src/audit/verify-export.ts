/**
 * Verifies an exported log without the server that it came from: the events lead
 * to the root of the checkpoint at its end, and a key of the log signed that.
 *
 * The lines may be anybody's: each is bounded, and nothing is kept but the edge of
 * the tree.
 *
 * @module
 */

import { sameBytes } from '#kernel'
import { openCheckpoint } from './checkpoint.ts'
import { readEnd, readHead, type ExportHead } from './export.ts'
import { readVerifierKey, type NoteKey } from './note.ts'
import { refuse } from './refusals.ts'
import { GrowingTree, leafHash, tileWidth } from './tree.ts'

export interface ExportVerification {
  readonly is: 'intact' | 'damaged'
  readonly log: string | undefined
  readonly from: number
  /** Events on lines of their own. */
  readonly events: number
  /** The key that signed the checkpoint, `name+id+key`. */
  readonly signedBy: string | undefined
  /** Whether the caller brought that key. Where not, it came with the file and is to be compared. */
  readonly keyGiven: boolean
  /** What is wrong, in words. */
  readonly findings: readonly string[]
}

/** Far above an event (64 KiB) and the first line (four tiles). */
const mostLineBytes = 1024 * 1024

/** Verifies the bytes of an export; with `key` only that one is believed. Refuses with `audit.unreadable_key`. */
export async function verifyExport(bytes: AsyncIterable<Uint8Array>, key?: string): Promise<ExportVerification> {
  const given = key === undefined ? undefined : readVerifierKey(key)
  if (key !== undefined && given === undefined) throw refuse('audit.unreadable_key')
  const findings: string[] = []
  let head: ExportHead | undefined
  let tree: GrowingTree | undefined
  let held: string | undefined
  let events = 0
  for await (const line of linesOf(bytes)) {
    if (line === undefined) return damaged(head, events, ['The file does not end with a whole line, or has one that is too long.'])
    if (head === undefined) {
      head = readHead(line)
      tree = head && GrowingTree.restore(head.from, head.edge)
      if (head === undefined || tree === undefined) return damaged(head, 0, ['The first line is not that of an export.'])
      continue
    }
    // The last line is no event: each is held back until another comes.
    if (held !== undefined && tree !== undefined) {
      if (held.startsWith('{"missing":')) findings.push(`An event is missing: leaf ${tree.size} of the log.`)
      tree.append(leafHash(held))
      // Tiles that are full are for whoever stores them.
      if (tree.size % tileWidth === 0) tree.takeTiles()
      events += 1
    }
    held = line
    if (findings.length >= 200) return damaged(head, events, findings)
  }
  const end = held === undefined ? undefined : readEnd(held)
  if (head === undefined || tree === undefined || end === undefined) {
    return damaged(head, events, [...findings, 'The checkpoint at the end is missing: the export was cut off.'])
  }
  const told = end.keys.map(readVerifierKey)
  if (told.includes(undefined)) findings.push('One of the keys at the end cannot be read.')
  const keys: readonly NoteKey[] = given === undefined ? told.filter((one) => one !== undefined) : [given]
  const opened = openCheckpoint(end.checkpoint, head.log, keys)
  if (opened.is !== 'checkpoint') return damaged(head, events, [...findings, `The checkpoint at the end is ${opened.is}.`])
  const { size, root } = opened.checkpoint
  if (size !== tree.size)
    findings.push(`The checkpoint counts ${size} events and the file leads to ${tree.size}: some were removed or added.`)
  else if (!sameBytes(root, tree.root())) findings.push('The events are not those that were signed: at least one was changed.')
  const signedBy = given === undefined ? end.keys.find((text) => readVerifierKey(text)?.jwk.kid === opened.keyId) : key
  return {
    is: findings.length === 0 ? 'intact' : 'damaged',
    log: head.log,
    from: head.from,
    events,
    signedBy,
    keyGiven: given !== undefined,
    findings,
  }
}

function damaged(head: ExportHead | undefined, events: number, findings: readonly string[]): ExportVerification {
  return { is: 'damaged', log: head?.log, from: head?.from ?? 0, events, signedBy: undefined, keyGiven: false, findings }
}

/** Whole lines; undefined for what is too long for one, or is left without its end. */
async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string | undefined> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of bytes) {
    rest = rest.byteLength === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk])
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      yield rest.toString('utf8', 0, end)
      rest = rest.subarray(end + 1)
    }
    if (rest.byteLength > mostLineBytes) {
      yield undefined
      return
    }
  }
  if (rest.byteLength > 0) yield undefined
}
