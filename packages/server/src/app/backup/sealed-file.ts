/**
 * A file of lines that leaves the machine and comes back: a head in JSON, lines,
 * and a MAC over all of it as the last line.
 *
 *     {"format":"countersign-keys-1",…,"seal":{"rootKey":"…","wrapped":"…"}}
 *     …
 *     mac <43 characters of base64url>
 *
 * Nothing in it is believed before the whole MAC has been checked, but for the
 * two words of `seal`, which say what to check it with.
 *
 * @module
 */

import { closeSync, createReadStream, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import { base64url, readBase64url, readUtf8, sameBytes, utf8, type Operation } from '#kernel'
import { newBackupMac, openBackupMac, type BackupMac, type BackupMacKey, type KeyVault } from '#keys'
import { StartMistake } from '../mistake.ts'
import { openPlain } from './place.ts'

/** `mac `, 43 characters, a line feed. */
const macLineBytes = 48

/** A head holds a checkpoint and a few names; a line a wrapped private key. */
const mostLineBytes = 65_536

/** Read and written at once. */
const chunkBytes = 1 << 20

export type Head = Readonly<Record<string, unknown>>

/** What a kind of file is called, for sentences, and in its own head. */
export interface Kind {
  readonly what: string
  readonly format: string
  /** One that is larger is none of ours, and is not read. */
  readonly mostBytes: number
}

/** Writes the file at `path`, which must not exist, and brings it to the disk. Whoever calls removes what is half written. */
export async function writeSealed(
  op: Operation,
  vault: KeyVault,
  { format }: Kind,
  path: string,
  head: Head,
  lines: Iterable<string> | AsyncIterable<string> = [],
): Promise<void> {
  const { key, mac } = await newBackupMac(op, vault, format)
  const file = openSync(path, 'wx', 0o600)
  try {
    const put = (text: string): void => {
      const bytes = utf8(text)
      mac.update(bytes)
      writeAll(file, bytes)
    }
    put(`${JSON.stringify({ format, ...head, seal: key })}\n`)
    let waiting = ''
    for await (const line of lines) {
      waiting += `${line}\n`
      if (waiting.length < chunkBytes) continue
      put(waiting)
      waiting = ''
    }
    put(waiting)
    writeAll(file, utf8(`mac ${base64url(mac.digest())}\n`))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** A file whose MAC held. */
export interface SealedFile {
  readonly head: Head
  /** Its lines, checked once more while they are read: the file may be on somebody else's disk. Throws `StartMistake` at the end if it was changed meanwhile. */
  lines(): AsyncGenerator<string>
}

/** Reads the head and checks the whole MAC. Throws a `StartMistake` that says in one sentence what is wrong. */
export async function openSealed(op: Operation, vault: KeyVault, kind: Kind, path: string): Promise<SealedFile> {
  const { head, headBytes, bytes } = readHead(kind, path)
  const key = readKey(head)
  if (key === undefined) throw notWhole(kind, path)
  if (key.rootKey !== vault.keyId) throw new StartMistake(`The ${kind.what} at ${path} was made under another root key.`)
  const newMac = async (): Promise<BackupMac> => {
    const mac = await openBackupMac(op, vault, key, kind.format)
    if (mac === undefined) throw notWhole(kind, path)
    return mac
  }
  const whole = { kind, path, headBytes, end: bytes - macLineBytes, newMac }
  for await (const chunk of checkedChunks(whole)) void chunk
  return { head, lines: () => linesOf(whole) }
}

function readHead(kind: Kind, path: string): { readonly head: Head; readonly headBytes: number; readonly bytes: number } {
  const { file, bytes } = openPlain(path, kind.what)
  try {
    if (bytes > kind.mostBytes) throw notWhole(kind, path)
    const start = Buffer.alloc(Math.min(bytes, mostLineBytes))
    const read = readSync(file, start, 0, start.byteLength, 0)
    const end = start.subarray(0, read).indexOf(0x0a)
    const head = end === -1 ? undefined : readObject(start.subarray(0, end))
    if (head === undefined) throw notWhole(kind, path)
    if (head['format'] !== kind.format) throw wrongFormat(kind, path, head['format'])
    if (bytes < end + 1 + macLineBytes) throw notWhole(kind, path)
    return { head, headBytes: end + 1, bytes }
  } finally {
    closeSync(file)
  }
}

function wrongFormat({ what, format }: Kind, path: string, said: unknown): StartMistake {
  const family = format.replace(/[0-9]+$/, '')
  return typeof said === 'string' && said.startsWith(family)
    ? new StartMistake(`The ${what} at ${path} was made by another version of Countersign; restore it with that version or a later one.`)
    : new StartMistake(`What is at ${path} is no ${what}.`)
}

function readKey(head: Head): BackupMacKey | undefined {
  const { rootKey, wrapped } = (typeof head['seal'] === 'object' && head['seal'] !== null ? head['seal'] : {}) as Record<string, unknown>
  return typeof rootKey === 'string' && typeof wrapped === 'string' ? { rootKey, wrapped } : undefined
}

interface Whole {
  readonly kind: Kind
  readonly path: string
  readonly headBytes: number
  /** Where the last line begins. */
  readonly end: number
  readonly newMac: () => Promise<BackupMac>
}

/** Everything before the last line, piece by piece. Throws after the last piece when the MAC does not hold. */
async function* checkedChunks({ kind, path, end, newMac }: Whole): AsyncGenerator<Buffer> {
  const mac = await newMac()
  for await (const chunk of createReadStream(path, { end: end - 1, highWaterMark: chunkBytes }) as AsyncIterable<Buffer>) {
    mac.update(chunk)
    yield chunk
  }
  if (!sameBytes(mac.digest(), readMacLine(path, end) ?? new Uint8Array())) throw notWhole(kind, path)
}

async function* linesOf(whole: Whole): AsyncGenerator<string> {
  let rest = Buffer.alloc(0)
  let skip = whole.headBytes
  for await (const chunk of checkedChunks(whole)) {
    rest = Buffer.concat([rest, chunk.subarray(Math.min(skip, chunk.byteLength))])
    skip -= Math.min(skip, chunk.byteLength)
    let from = 0
    for (let at = rest.indexOf(0x0a); at !== -1; at = rest.indexOf(0x0a, from)) {
      yield rest.subarray(from, at).toString('utf8')
      from = at + 1
    }
    rest = rest.subarray(from)
  }
}

function readMacLine(path: string, at: number): Uint8Array | undefined {
  const file = openSync(path, 'r')
  try {
    const line = Buffer.alloc(macLineBytes)
    const read = readSync(file, line, 0, macLineBytes, at)
    const text = line.subarray(0, read).toString('latin1')
    return /^mac [A-Za-z0-9_-]{43}\n$/.test(text) ? readBase64url(text.slice(4, -1)) : undefined
  } finally {
    closeSync(file)
  }
}

function readObject(bytes: Uint8Array): Head | undefined {
  try {
    const value: unknown = JSON.parse(readUtf8(bytes) ?? '')
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Head) : undefined
  } catch {
    return undefined
  }
}

function notWhole({ what }: Kind, path: string): StartMistake {
  return new StartMistake(`The ${what} at ${path} is not whole, or was changed since it was made.`)
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.byteLength;) at += writeSync(file, bytes, at)
}
