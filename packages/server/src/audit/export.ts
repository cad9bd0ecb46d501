/**
 * The log as lines that leave the machine: what the tree was before, every event
 * from there on exactly as it was hashed, and the signed checkpoint that they lead
 * to. Whoever holds them can verify them without this server.
 *
 * Names and addresses stay sealed: what was exported before a person was erased
 * tells no more of them afterwards than the log does.
 *
 * @module
 */

import { base64url, readBase64url, Unavailable, type Operation } from '#kernel'
import type { Store } from '#store'
import { readSlice, type Slot } from './slice.ts'
import { findTile } from './store.ts'
import { edgeTiles, hashBytes, tileWidth, type Tile } from './tree.ts'

const version = 1

/** The first line: which log, from which event on, and the unfinished tiles of the tree before it. */
export interface ExportHead {
  readonly log: string
  /** The leaf of the first event, counted from 0. */
  readonly from: number
  readonly edge: readonly Tile[]
}

/** The last line. */
export interface ExportEnd {
  /** The signed note, C2SP tlog-checkpoint. */
  readonly checkpoint: string
  /** The public keys of this log as `name+id+key`. They are told for comparison: only a key that came another way proves anything. */
  readonly keys: readonly string[]
}

export function writeHead({ log, from, edge }: ExportHead): string {
  const tiles = edge.map(({ level, number, hashes }) => ({ level, number, hashes: base64url(hashes) }))
  return JSON.stringify({ version, log, from, edge: tiles })
}

export function writeEnd({ checkpoint, keys }: ExportEnd): string {
  return JSON.stringify({ version, checkpoint, keys })
}

/** Stands where the log holds no event that can be written on a line. */
export function writeMissing(index: number): string {
  return JSON.stringify({ missing: index })
}

/** Reads the first line. Undefined unless {@link writeHead} could have written it. */
export function readHead(line: string): ExportHead | undefined {
  const value = readLine(line)
  if (value === undefined || typeof value['log'] !== 'string' || !Number.isSafeInteger(value['from']) || !Array.isArray(value['edge']))
    return undefined
  const edge: Tile[] = []
  for (const tile of value['edge'] as readonly (Partial<Record<keyof Tile, unknown>> | null)[]) {
    const { level, number, hashes: said } = tile ?? {}
    const hashes = typeof said === 'string' ? readBase64url(said) : undefined
    if (typeof level !== 'number' || typeof number !== 'number' || hashes === undefined) return undefined
    edge.push({ level, number, hashes })
  }
  const head = { log: value['log'], from: Number(value['from']), edge }
  return head.from >= 0 && writeHead(head) === line ? head : undefined
}

/** Reads the last line. Undefined unless {@link writeEnd} could have written it. */
export function readEnd(line: string): ExportEnd | undefined {
  const value = readLine(line)
  if (value === undefined || typeof value['checkpoint'] !== 'string' || !isTexts(value['keys'])) return undefined
  const end = { checkpoint: value['checkpoint'], keys: value['keys'] }
  return writeEnd(end) === line ? end : undefined
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

function readLine(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

export interface ExportPorts {
  readonly op: Operation
  readonly store: Store
}

/**
 * The lines, a few hundred at a time; nothing more is read before they were
 * taken. Each part is read by itself, so that a slow taker holds no snapshot: the
 * tree only grows.
 */
export async function* exportLog({ op, store }: ExportPorts, head: ExportHead, size: number, end: ExportEnd): AsyncGenerator<string> {
  yield `${writeHead(head)}\n`
  for (let first = head.from; first < size; first += tileWidth) {
    const slots = await store.read(op, async (db) => readSlice(db, op.tenant, first, Math.min(size, first + tileWidth)))
    yield slots.map((slot) => `${lineOf(slot)}\n`).join('')
  }
  yield `${writeEnd(end)}\n`
}

/** An event was encoded on one line; bytes that are not were written by somebody else, and a verification of the log says more. */
function lineOf({ index, row, claimedTwice }: Slot): string {
  return row === undefined || claimedTwice || /[\r\n]/.test(row.content) ? writeMissing(index) : row.content
}

/** The unfinished tiles of the tree of this size. Throws `Unavailable` where one is not there: then nothing could be verified. */
export async function readEdge({ op, store }: ExportPorts, size: number): Promise<readonly Tile[]> {
  return store.read(op, async (db) => {
    const tiles: Tile[] = []
    for (const { level, number, width } of edgeTiles(size)) {
      const hashes = (await findTile(db, op.tenant, level, number))?.slice(0, width * hashBytes)
      if (hashes?.byteLength !== width * hashBytes) throw new Unavailable('audit', new Error('a tile of the tree is missing'))
      tiles.push({ level, number, hashes })
    }
    return tiles
  })
}
