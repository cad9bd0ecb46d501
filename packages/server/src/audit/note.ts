/**
 * Signed notes as C2SP signed-note v1 writes them: a text, an empty line, and
 * lines of signatures, each naming its key. Witnesses may add lines of theirs;
 * lines of keys that we do not know are passed over.
 *
 * @module
 */

import { readUtf8, sameBytes, sha256, utf8 } from '#kernel'
import { verifySignature, type PublicJwk } from '#keys'

/** A public Ed25519 key under the name that it signs notes with. */
export interface NoteKey {
  readonly name: string
  readonly jwk: PublicJwk
  /** The first four bytes of SHA-256(name || 0x0A || 0x01 || public key). */
  readonly id: Uint8Array
}

/** The identifier byte of Ed25519 in signed notes. */
const ed25519 = 0x01
const publicKeyBytes = 32
const keyIdBytes = 4

/** The specification asks for at least 16 signatures to be read. A longer note is not one of ours with witnesses. */
const maxNoteBytes = 16_384
const maxSignatures = 32

/** No spaces, no plus sign, no control characters; short enough for a line. */
const nameShape = /^[^\s+\p{Cc}]{1,512}$/u
const signatureLine = /^— (\S+) ([A-Za-z0-9+/]+={0,2})$/

/** Gives a public key its name. Undefined when it is no Ed25519 key or the name cannot stand in a note. */
export function noteKey(name: string, jwk: PublicJwk): NoteKey | undefined {
  const publicKey = typeof jwk['x'] === 'string' ? Buffer.from(jwk['x'], 'base64url') : new Uint8Array()
  if (!nameShape.test(name) || jwk.kty !== 'OKP' || jwk['crv'] !== 'Ed25519' || publicKey.byteLength !== publicKeyBytes) return undefined
  return { name, jwk, id: sha256(`${name}\n`, new Uint8Array([ed25519]), publicKey).slice(0, keyIdBytes) }
}

/** A key as text for those who verify: `name+id+key`, id in hexadecimal, key in base64 behind its identifier byte. */
export function writeVerifierKey(key: NoteKey): string {
  const publicKey = Buffer.from(String(key.jwk['x']), 'base64url')
  return `${key.name}+${Buffer.from(key.id).toString('hex')}+${Buffer.concat([new Uint8Array([ed25519]), publicKey]).toString('base64')}`
}

/** Reads what {@link writeVerifierKey} wrote. Undefined unless the id belongs to the name and the key. */
export function readVerifierKey(text: string): NoteKey | undefined {
  const [name = '', id = '', ...rest] = text.trim().split('+')
  const bytes = readBase64(rest.join('+'))
  if (bytes?.byteLength !== publicKeyBytes + 1 || bytes[0] !== ed25519) return undefined
  const x = Buffer.from(bytes.subarray(1)).toString('base64url')
  const key = noteKey(name, { kty: 'OKP', crv: 'Ed25519', x, kid: id, alg: 'EdDSA', use: 'sig' })
  return key !== undefined && Buffer.from(key.id).toString('hex') === id ? key : undefined
}

/** The note with one signature line. `signature` is Ed25519 over the text, which ends in a newline. */
export function writeNote(text: string, key: NoteKey, signature: Uint8Array): string {
  return `${text}\n— ${key.name} ${Buffer.concat([key.id, signature]).toString('base64')}\n`
}

/** What a note says, and whether one of the keys signed it. */
export interface OpenedNote {
  readonly text: string
  readonly signedBy: NoteKey | undefined
}

/**
 * Reads a note and looks for a signature of one of the keys. Undefined when it
 * is malformed; not signed when no known key signed it, or when a line claims
 * a known key and does not verify.
 */
export function openNote(note: string, keys: readonly NoteKey[]): OpenedNote | undefined {
  const bytes = utf8(note)
  if (bytes.byteLength > maxNoteBytes || readUtf8(bytes) !== note || /[^\P{Cc}\n]/u.test(note)) return undefined
  const end = note.lastIndexOf('\n\n')
  if (end === -1 || !note.endsWith('\n')) return undefined
  const text = note.slice(0, end + 1)
  const lines = note.slice(end + 2, -1).split('\n')
  if (lines.length > maxSignatures) return undefined
  let signedBy: NoteKey | undefined
  for (const line of lines) {
    const [, name, encoded = ''] = signatureLine.exec(line) ?? []
    const signature = readBase64(encoded)
    if (name === undefined || signature === undefined || signature.byteLength <= keyIdBytes) return undefined
    const key = keys.find((key) => key.name === name && sameBytes(key.id, signature.subarray(0, keyIdBytes)))
    if (key === undefined) continue
    if (!verifySignature(key.jwk, utf8(text), signature.subarray(keyIdBytes))) return { text, signedBy: undefined }
    signedBy ??= key
  }
  return { text, signedBy }
}

/** Base64 of RFC 4648 section 4, in its only spelling. */
export function readBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}
