/**
 * `store.yaml`: what a store is called and how its actions and roles are said
 * to people, so that a refusal can be a sentence.
 *
 * @module
 */

import { isMap, isScalar, LineCounter, parseDocument, type YAMLMap } from 'yaml'
import type { Mistake, SourceFile } from './mistake.ts'

export interface Words {
  /** The store in words: `Notes`. */
  readonly name: string
  /** Where the store's actions and types live: `Notes`. */
  readonly namespace: string
  /** Actions as in "to write notes", by their Cedar names. */
  readonly actions: ReadonlyMap<string, string>
  /** Roles in the plural, as in "editors may". A role that is not here is never named to anybody. */
  readonly roles: ReadonlyMap<string, string>
}

const namespaceShape = /^[A-Za-z][A-Za-z0-9_]*(::[A-Za-z][A-Za-z0-9_]*)*$/
/** One line of text that reads inside a sentence. */
const maxPhrase = 120
const maxEntries = 1000

export type ReadWords = { readonly is: 'words'; readonly words: Words } | { readonly is: 'wrong'; readonly mistakes: readonly Mistake[] }

export function readWords(file: SourceFile): ReadWords {
  const mistakes: Mistake[] = []
  const counter = new LineCounter()
  const place = (offset: number | undefined): { line?: number; column?: number } => {
    if (offset === undefined) return {}
    const { line, col } = counter.linePos(offset)
    return { line, column: col }
  }
  const wrong = (offset: number | undefined, says: string): void => {
    mistakes.push({ file: file.name, ...place(offset), says })
  }
  const document = parseDocument(file.text, {
    lineCounter: counter,
    prettyErrors: false,
    strict: true,
    uniqueKeys: true,
    schema: 'failsafe',
  })
  for (const error of [...document.errors, ...document.warnings]) wrong(error.pos[0], error.message)
  const root = document.contents
  if (mistakes.length > 0) return { is: 'wrong', mistakes }
  if (!isMap(root)) return { is: 'wrong', mistakes: [{ file: file.name, says: 'must hold name, namespace, actions and roles' }] }

  const phrase = (node: unknown, key: string): string => {
    if (isScalar(node) && typeof node.value === 'string' && isPhrase(node.value)) return node.value
    wrong(startOf(node), `${key} must be one line of at most ${maxPhrase} characters`)
    return ''
  }
  const phrases = (key: string): ReadonlyMap<string, string> => {
    const node = root.get(key, true) as unknown
    if (!isMap(node)) {
      wrong(startOf(node), `${key} must map names to words`)
      return new Map()
    }
    if (node.items.length > maxEntries) wrong(startOf(node), `${key} has more than ${maxEntries} entries`)
    return new Map(node.items.map(({ key: name, value }) => [phrase(name, `a name in ${key}`), phrase(value, `${key}.${String(name)}`)]))
  }
  for (const key of keysOf(root)) {
    if (!['name', 'namespace', 'actions', 'roles'].includes(String(key))) wrong(startOf(key), `${String(key)} is not known here`)
  }
  const words: Words = {
    name: phrase(root.get('name', true), 'name'),
    namespace: phrase(root.get('namespace', true), 'namespace'),
    actions: phrases('actions'),
    roles: phrases('roles'),
  }
  if (words.namespace !== '' && !namespaceShape.test(words.namespace)) {
    wrong(startOf(root.get('namespace', true)), 'namespace must be a Cedar namespace, for instance Notes or Acme::Notes')
  }
  return mistakes.length > 0 ? { is: 'wrong', mistakes } : { is: 'words', words }
}

function keysOf(map: YAMLMap): readonly unknown[] {
  return map.items.map((item) => item.key)
}

function startOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) ? node.range?.[0] : undefined
}

function isPhrase(text: string): boolean {
  return text.length > 0 && text.length <= maxPhrase && text.trim() === text && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)
}
