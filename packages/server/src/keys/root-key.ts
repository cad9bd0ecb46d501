/**
 * The root key: 32 bytes in one file, outside the database. It wraps the
 * purpose keys and nothing else; whoever holds it and a copy of the database
 * holds everything.
 *
 *     countersign-root-1:<43 characters of base64url>\n
 *
 * @module
 */

import { closeSync, constants, fchmodSync, fstatSync, fsyncSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { base64url, randomBytes, readBase64url, Secret } from '#kernel'
import { KeyMistake } from './mistakes.ts'

const prefix = 'countersign-root-1:'
const keyBytes = 32
/** The prefix, 43 characters, a line feed. */
const fileBytes = prefix.length + 44
const readableByOthers = 0o077

/**
 * Makes a new root key at `path`, mode 0600, on disk when it returns.
 *
 * Throws a {@link KeyMistake} when something is already there: a root key is
 * never replaced, because what it wrapped would be lost.
 */
export function createRootKey(path: string): void {
  const file = openNew(path)
  const key = randomBytes(keyBytes)
  const text = Buffer.from(`${prefix}${base64url(key)}\n`, 'latin1')
  try {
    fchmodSync(file, 0o600)
    if (writeSync(file, text) !== text.byteLength) throw new Error('short write')
    fsyncSync(file)
  } catch (error) {
    unlinkSync(path)
    throw new KeyMistake('keys.root_key_not_written', `The root key could not be written to ${path}.`, error)
  } finally {
    closeSync(file)
    key.fill(0)
    text.fill(0)
  }
  syncDirectory(dirname(path))
}

/** Reads the root key. Throws a {@link KeyMistake} when it is missing, malformed, or readable by anybody but its owner. */
export function readRootKey(path: string): Secret<Uint8Array> {
  const text = readWhole(path)
  const encoded = text.subarray(prefix.length, -1).toString('latin1')
  const key = readBase64url(encoded)
  const shaped = text.byteLength === fileBytes && text.subarray(0, prefix.length).toString('latin1') === prefix && text.at(-1) === 0x0a
  text.fill(0)
  if (!shaped || key?.byteLength !== keyBytes) {
    throw new KeyMistake(
      'keys.root_key_malformed',
      `The root key file ${path} is not one line "${prefix}" followed by 32 bytes in base64url.`,
    )
  }
  return new Secret(key)
}

function openNew(path: string): number {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  } catch (error) {
    if (codeOf(error) === 'EEXIST')
      throw new KeyMistake('keys.root_key_exists', `There is already a file at ${path}; a root key is never replaced.`)
    throw new KeyMistake('keys.root_key_not_written', `The root key could not be written to ${path}.`, error)
  }
}

/** The permissions are those of the file that was opened, so that a path swapped in between changes nothing. */
function readWhole(path: string): Buffer {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new KeyMistake('keys.root_key_missing', `The root key file ${path} does not exist.`)
    throw new KeyMistake('keys.root_key_unreadable', `The root key file ${path} cannot be read.`, error)
  }
  try {
    const stat = fstatSync(file)
    if (!stat.isFile()) throw new KeyMistake('keys.root_key_malformed', `The root key ${path} is not a file.`)
    if ((stat.mode & readableByOthers) !== 0) {
      throw new KeyMistake(
        'keys.root_key_open_to_others',
        `The root key file ${path} is open to others than its owner: chmod 600 it, and replace the key if others may have read it.`,
      )
    }
    const buffer = Buffer.alloc(fileBytes + 1)
    return buffer.subarray(0, readSync(file, buffer))
  } finally {
    closeSync(file)
  }
}

function syncDirectory(path: string): void {
  const directory = openSync(path, constants.O_RDONLY)
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
