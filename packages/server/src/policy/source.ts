/**
 * A policy store as text: one schema, one `store.yaml`, and policy files.
 *
 * The canonical content is the text that a digest is the hash of, so that
 * whoever holds a stored version can check it with nothing but SHA-256. It is
 * also what travels to a process that decides for itself.
 *
 * @module
 */

import { base64url, readPolicyStoreName, sha256, utf8, type PolicyStoreName } from '#kernel'
import { mistakeIn, type Mistake, type SourceFile } from './mistake.ts'

/** The files of one store. Their names are as given; what counts is the part after the last slash. */
export interface StoreSource {
  readonly store: PolicyStoreName
  readonly schema: SourceFile
  readonly words: SourceFile
  readonly policies: readonly SourceFile[]
}

/** A policy set as text, ready to be stored or sent. `digest` is the SHA-256 of `content`, base64url. */
export interface ExportedSet {
  readonly store: PolicyStoreName
  readonly digest: string
  readonly content: string
}

/** A set as a server sends it to the gateways that it starts, which run the same program: compiled already. */
export interface SentSet extends ExportedSet {
  readonly compiler: string
  readonly compiled: string
}

/** A file of policies longer than this is not written by people; the parser needs about 40 times its size. */
const maxFileBytes = 256 * 1024
/** Four files of the greatest size: what a row, a message to another process and a parse in one go may cost. */
const maxStoreBytes = 1024 * 1024
const maxFiles = 256

/** Sorts the files of a folder by what they are. Everything that is wrong with them is told at once. */
export function readSource(store: PolicyStoreName, files: readonly SourceFile[]): StoreSource | readonly Mistake[] {
  const mistakes = [...wrongSizes(store, files), ...wrongTexts(files), ...sameNames(files)]
  const schemas = files.filter((file) => baseName(file).endsWith('.cedarschema'))
  const words = files.filter((file) => baseName(file) === 'store.yaml')
  const policies = files.filter((file) => baseName(file).endsWith('.cedar'))
  for (const file of files) {
    if (!schemas.includes(file) && !words.includes(file) && !policies.includes(file)) {
      mistakes.push(mistakeIn(file, 'is not a policy file: a store has *.cedar, one *.cedarschema and store.yaml'))
    }
  }
  const [schema, ...moreSchemas] = schemas
  for (const file of moreSchemas) mistakes.push(mistakeIn(file, 'is a second schema; a store has one'))
  if (schema === undefined) mistakes.push({ file: store, says: 'has no schema (*.cedarschema)' })
  if (words[0] === undefined) mistakes.push({ file: store, says: 'has no store.yaml' })
  if (policies.length === 0) mistakes.push({ file: store, says: 'has no policies (*.cedar)' })
  if (schema === undefined || words[0] === undefined || mistakes.length > 0) return mistakes
  return { store, schema, words: words[0], policies }
}

/** The one spelling of a store's text: JSON with the files in the order of their names. */
export function contentOf({ store, schema, words, policies }: StoreSource): string {
  const files = [schema, words, ...policies].map((file): [string, string] => [baseName(file), file.text])
  files.sort(([left], [right]) => (left < right ? -1 : 1))
  return JSON.stringify({ version: 1, store, files })
}

/** A source as it is stored and sent, without a look at what it says. */
export function exportSource(source: StoreSource): ExportedSet {
  const content = contentOf(source)
  return { store: source.store, digest: digestOf(content), content }
}

/** SHA-256 of a content, base64url. */
export function digestOf(content: string): string {
  return base64url(sha256(utf8(content)))
}

/** Reads a content that {@link contentOf} wrote. Undefined for anything else. */
export function readContent(content: string): StoreSource | undefined {
  const parsed = parseJson(content)
  if (typeof parsed !== 'object' || parsed === null || !('version' in parsed) || parsed.version !== 1) return undefined
  if (!('store' in parsed) || typeof parsed.store !== 'string' || !('files' in parsed) || !Array.isArray(parsed.files)) return undefined
  const store = readPolicyStoreName(parsed.store)
  const files = parsed.files.map(readFile)
  if (store === undefined || !files.every((file) => file !== undefined)) return undefined
  const source = readSource(store, files)
  return 'store' in source && contentOf(source) === content ? source : undefined
}

function readFile(entry: unknown): SourceFile | undefined {
  if (!Array.isArray(entry) || entry.length !== 2) return undefined
  const [name, text] = entry as readonly unknown[]
  return typeof name === 'string' && typeof text === 'string' ? { name, text } : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function baseName(file: SourceFile): string {
  return file.name.slice(file.name.lastIndexOf('/') + 1)
}

function wrongSizes(store: PolicyStoreName, files: readonly SourceFile[]): Mistake[] {
  const mistakes: Mistake[] = []
  if (files.length > maxFiles) mistakes.push({ file: store, says: `has ${files.length} files; at most ${maxFiles} are read` })
  let total = 0
  for (const file of files) {
    const bytes = utf8(file.text).byteLength
    total += bytes
    if (bytes > maxFileBytes) mistakes.push(mistakeIn(file, `is ${bytes} bytes long; at most ${maxFileBytes} are read`))
  }
  if (total > maxStoreBytes) mistakes.push({ file: store, says: `is ${total} bytes long in all; at most ${maxStoreBytes} are read` })
  return mistakes
}

function wrongTexts(files: readonly SourceFile[]): Mistake[] {
  return files.filter((file) => !file.text.isWellFormed()).map((file) => mistakeIn(file, 'is not valid Unicode text'))
}

function sameNames(files: readonly SourceFile[]): Mistake[] {
  const seen = new Set<string>()
  const mistakes: Mistake[] = []
  for (const file of files) {
    if (seen.has(baseName(file))) mistakes.push(mistakeIn(file, 'has the same name as another file of the store'))
    seen.add(baseName(file))
  }
  return mistakes
}
