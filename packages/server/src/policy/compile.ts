/**
 * Checks a policy store, step by step, and tells everything that is wrong at
 * once. The order: what is said about the store, its schema, each file by
 * itself, then what holds across files.
 *
 * A text that the parser cannot bear (nested too deeply) spends the instance it
 * is tried in; whoever lends instances lends another one then.
 *
 * @module
 */

import type { Compiled, PolicyId, PolicySummary } from './engine.ts'
import { mistakeAt, mistakeIn, offsetOfByte, type Mistake, type SourceFile } from './mistake.ts'
import { readSchema } from './schema.ts'
import { exportSource, type StoreSource } from './source.ts'
import { annotation, depthOf, summarize } from './summary.ts'
import { CedarTrapped, type Cedar, type Complaint, type PolicyTree } from './wasm.ts'
import { readWords } from './words.ts'

/** Cedar looks at every policy for every decision: this many cost about 9 ms each time. */
const maxPolicies = 2000

/** Measured: the evaluator's stack ends between 100 and 150 levels. */
export const maxDepth = 64

/** What people and records call a policy. */
const idShape = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/
/** A sentence or two on a page. */
const maxReason = 500

/** Lends the instance to work with: always one that is not spent. */
export type Lend = () => Cedar

export function compile(lend: Lend, source: StoreSource): Compiled {
  const words = readWords(source.words)
  if (words.is === 'wrong') return { is: 'mistaken', mistakes: words.mistakes }
  const schema = attempt(lend, source.schema, (cedar) => readSchema(cedar, source.store, source.schema, words.words))
  if (schema.is === 'wrong') return { is: 'mistaken', mistakes: schema.mistakes }
  const files = source.policies.map((file) => readPolicies(lend, file))
  const read = files.flatMap((file) => file.policies)
  const found = validate(lend, schema.view.text, files)
  const mistakes = [...found, ...repeatedIds(read)]
  if (read.length > maxPolicies) mistakes.push({ file: source.store, says: `has ${read.length} policies; at most ${maxPolicies} are read` })
  if (mistakes.length > 0) return { is: 'mistaken', mistakes }
  const policies = new Map(read.map(({ summary }) => [summary.id, summary] as const))
  return {
    is: 'compiled',
    set: { ...exportSource(source), schema: schema.view, words: words.words, policies },
  }
}

interface ReadPolicy {
  readonly file: SourceFile
  readonly offset: number
  readonly summary: PolicySummary
}

interface ReadFile {
  readonly file: SourceFile
  /** False when it is no text of policies at all. */
  readonly parsed: boolean
  readonly policies: readonly ReadPolicy[]
  readonly mistakes: readonly Mistake[]
}

function readPolicies(lend: Lend, file: SourceFile): ReadFile {
  const read = attempt(lend, file, (cedar): ReadFile | Wrong => {
    const split = cedar.splitPolicies(file.text)
    if (split.is === 'wrong') return { is: 'wrong', mistakes: split.complaints.map((complaint) => placed(file, complaint)) }
    const [template] = split.tree.templates
    if (template !== undefined) {
      const says = 'templates (?principal, ?resource) are not supported'
      return { is: 'wrong', mistakes: [mistakeAt(file, file.text.indexOf(template), says)] }
    }
    const mistakes: Mistake[] = []
    const policies: ReadPolicy[] = []
    for (const { text, offset } of located(file.text, split.tree.policies)) {
      const parsed = cedar.readPolicy(text)
      if (parsed.is === 'wrong') {
        mistakes.push(...parsed.complaints.map(({ says }) => mistakeAt(file, offset, says)))
        continue
      }
      const wrong = wrongPolicy(parsed.tree)
      if (wrong !== undefined) mistakes.push(mistakeAt(file, offset, wrong))
      else policies.push({ file, offset, summary: summarize((annotation(parsed.tree, 'id') ?? '') as PolicyId, text, parsed.tree) })
    }
    return { file, parsed: true, policies, mistakes }
  })
  return 'is' in read ? { file, parsed: false, policies: [], mistakes: read.mistakes } : read
}

/** The mistakes of all files. Cedar reads the schema for every call, so a file is asked about alone only when not all are right. */
function validate(lend: Lend, schema: string, files: readonly ReadFile[]): readonly Mistake[] {
  const invalid = (file: SourceFile): readonly Mistake[] => {
    const found = attempt(lend, file, (cedar) => cedar.validate(schema, file.text).map((complaint) => placed(file, complaint)))
    return 'is' in found ? found.mistakes : found
  }
  const parsed = files.filter((file) => file.parsed).map(({ file }) => file)
  const valid = invalid({ name: 'all', text: parsed.map(({ text }) => text).join('\n') }).length === 0
  return files.flatMap(({ file, parsed, mistakes }) => [...mistakes, ...(valid || !parsed ? [] : invalid(file))])
}

/** What Cedar accepts and we do not. */
function wrongPolicy(tree: PolicyTree): string | undefined {
  const id = annotation(tree, 'id')
  const reason = annotation(tree, 'public_reason')
  if (id === undefined) return 'has no @id("…")'
  if (!idShape.test(id)) return 'has an @id that is not a name of letters, digits, dots, colons and dashes'
  if (depthOf(tree) > maxDepth) return `${id} is nested too deeply: at most ${maxDepth} levels are read`
  if (reason === undefined) return undefined
  if (tree.effect === 'permit') return `${id} has a @public_reason, but a permit has nothing to explain`
  if (reason === '' || reason.length > maxReason || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(reason)) {
    return `${id} has a @public_reason that is not one line of at most ${maxReason} characters`
  }
  return undefined
}

function repeatedIds(read: readonly ReadPolicy[]): Mistake[] {
  const first = new Map<PolicyId, ReadPolicy>()
  const mistakes: Mistake[] = []
  for (const policy of read) {
    const { id } = policy.summary
    const earlier = first.get(id)
    if (earlier === undefined) first.set(id, policy)
    else mistakes.push(mistakeAt(policy.file, policy.offset, `${id} is also the @id of a policy in ${earlier.file.name}`))
  }
  return mistakes
}

/** The policies in the order in which they stand in the file; the parser gives their texts in another. */
function located(text: string, policies: readonly string[]): readonly { readonly text: string; readonly offset: number }[] {
  const next = new Map<string, number>()
  return policies
    .map((policy) => {
      const offset = text.indexOf(policy, next.get(policy) ?? 0)
      next.set(policy, offset + policy.length)
      return { text: policy, offset }
    })
    .sort((left, right) => left.offset - right.offset)
}

function placed(file: SourceFile, { says, byte }: Complaint): Mistake {
  return byte === undefined ? mistakeIn(file, says) : mistakeAt(file, offsetOfByte(file.text, byte), says)
}

interface Wrong {
  readonly is: 'wrong'
  readonly mistakes: readonly Mistake[]
}

/** The parser giving up is a mistake of the text. */
function attempt<Result>(lend: Lend, file: SourceFile, work: (cedar: Cedar) => Result): Result | Wrong {
  try {
    return work(lend())
  } catch (error) {
    if (error instanceof CedarTrapped) return { is: 'wrong', mistakes: [mistakeIn(file, 'cannot be read: it is nested too deeply')] }
    throw error
  }
}
