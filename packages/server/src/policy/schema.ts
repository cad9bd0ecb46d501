/**
 * What a store's schema lets be asked: its actions, what each applies to, and
 * which facts about the request it wants. Judged here is what Cedar does not
 * know: which namespace belongs to whom, and which facts we can always give.
 *
 * @module
 */

import type { ActionShape, SchemaView } from './engine.ts'
import { administration, houseNamespace, houseSchema } from './house-schema.ts'
import { alwaysKnown, knownFacts } from './facts.ts'
import { mistakeAt, mistakeIn, offsetOfByte, type Mistake, type SourceFile } from './mistake.ts'
import type { Cedar, SchemaTree } from './wasm.ts'
import type { Words } from './words.ts'

export type ReadSchema =
  { readonly is: 'schema'; readonly view: SchemaView } | { readonly is: 'wrong'; readonly mistakes: readonly Mistake[] }

/** Reads and judges the schema of a store. */
export function readSchema(cedar: Cedar, store: string, file: SourceFile, words: Words): ReadSchema {
  const text = `${file.text}\n${houseSchema}`
  const parsed = cedar.readSchema(text)
  if (parsed.is === 'wrong') {
    const mistakes = parsed.complaints.map(({ says, byte }) => {
      const offset = byte === undefined ? undefined : offsetOfByte(text, byte)
      return offset === undefined || offset > file.text.length ? mistakeIn(file, says) : mistakeAt(file, offset, says)
    })
    return { is: 'wrong', mistakes }
  }
  const judged = [...foreignNamespaces(store, file, words, parsed.tree), ...foreignParents(file, parsed.tree)]
  if (judged.length > 0) return { is: 'wrong', mistakes: judged }
  const { actions, mistakes } = readActions(file, words.namespace, parsed.tree)
  const all = [...mistakes, ...unsaidActions(file, words, actions)]
  if (all.length > 0) return { is: 'wrong', mistakes: all }
  return { is: 'schema', view: { text, actions, types: typesOf(parsed.tree) } }
}

/** A store declares its own namespace and what is below it; the house's belongs to the house. */
function foreignNamespaces(store: string, file: SourceFile, words: Words, tree: SchemaTree): Mistake[] {
  const own = words.namespace
  const mayBe = store === administration.store ? own === administration.namespace : !isWithin(own, houseNamespace)
  if (!mayBe) return [mistakeIn(file, `the namespace ${own} belongs to Countersign`)]
  return Object.keys(tree)
    .filter((name) => name !== houseNamespace && !isWithin(name, own))
    .map((name) =>
      mistakeNear(
        file,
        name,
        `${name === '' ? 'what stands outside any namespace' : `the namespace ${name}`} is not within ${own}, the namespace of this store`,
      ),
    )
}

/** A type of one namespace inside a group of another would let an app hand out what is not its own. */
function foreignParents(file: SourceFile, tree: SchemaTree): Mistake[] {
  const mistakes: Mistake[] = []
  for (const [namespace, { entityTypes, actions }] of Object.entries(tree)) {
    if (namespace === houseNamespace) continue
    const parents = [
      ...Object.entries(entityTypes).flatMap(([type, shape]) =>
        ('memberOfTypes' in shape ? (shape.memberOfTypes ?? []) : []).map((parent) => [type, parent]),
      ),
      ...Object.entries(actions).flatMap(([action, { memberOf }]) => (memberOf ?? []).map((parent) => [action, parent.type ?? ''])),
    ]
    for (const [member = '', parent = ''] of parents) {
      const home = parent.slice(0, Math.max(0, parent.lastIndexOf('::')))
      if (parent.includes('::') && home !== namespace)
        mistakes.push(mistakeNear(file, member, `${member} may not be in ${parent}: it belongs to another namespace`))
    }
  }
  return mistakes
}

function readActions(
  file: SourceFile,
  namespace: string,
  tree: SchemaTree,
): { readonly actions: ReadonlyMap<string, ActionShape>; readonly mistakes: readonly Mistake[] } {
  const actions = new Map<string, ActionShape>()
  const mistakes: Mistake[] = []
  const declared = tree[namespace]?.actions ?? {}
  for (const [name, { appliesTo }] of Object.entries(declared)) {
    if (appliesTo === undefined || appliesTo.resourceTypes.length === 0) continue
    const context = new Set<string>()
    for (const [fact, required] of contextOf(tree, appliesTo.context)) {
      context.add(fact)
      if (required && !alwaysKnown.has(fact)) {
        const reason = knownFacts.has(fact)
          ? 'is not known of every request: declare it with a question mark'
          : 'is required, but Countersign does not provide it'
        mistakes.push(mistakeNear(file, fact, `the context attribute ${fact} of ${name} ${reason}`))
      }
    }
    actions.set(name, {
      principals: new Set(appliesTo.principalTypes),
      resources: new Set(appliesTo.resourceTypes),
      context,
      groups: groupsOf(declared, name),
    })
  }
  if (actions.size === 0 && mistakes.length === 0)
    mistakes.push(mistakeIn(file, `declares no action in ${namespace} that can be asked for`))
  return { actions, mistakes }
}

type ActionTrees = SchemaTree[string]['actions']
type ContextTree = NonNullable<ActionTrees[string]['appliesTo']>['context']

/** The attributes of a context, through at most one name: Cedar resolves common types without rings. */
function contextOf(tree: SchemaTree, context: ContextTree): readonly (readonly [name: string, required: boolean])[] {
  let shape: ContextTree = context
  while (shape !== undefined && !('attributes' in shape)) {
    const full: string = 'name' in shape && typeof shape.name === 'string' ? shape.name : shape.type
    const cut = full.lastIndexOf('::')
    shape = tree[full.slice(0, Math.max(0, cut))]?.commonTypes?.[cut === -1 ? full : full.slice(cut + 2)]
  }
  return shape === undefined ? [] : Object.entries(shape.attributes).map(([name, { required }]) => [name, required !== false] as const)
}

function groupsOf(actions: ActionTrees, name: string): ReadonlySet<string> {
  const groups = new Set<string>()
  const walk = (member: string): void => {
    for (const { id } of actions[member]?.memberOf ?? []) {
      if (groups.has(id)) continue
      groups.add(id)
      walk(id)
    }
  }
  walk(name)
  return groups
}

/** Every action has its words, and words are for actions that exist: a refusal is always a sentence. */
function unsaidActions(file: SourceFile, words: Words, actions: ReadonlyMap<string, ActionShape>): Mistake[] {
  const unsaid = [...actions.keys()].filter((name) => !words.actions.has(name))
  const unknown = [...words.actions.keys()].filter((name) => !actions.has(name))
  return [
    ...unsaid.map((name) => mistakeNear(file, name, `the action ${name} has no words in store.yaml`)),
    ...unknown.map((name) => mistakeIn(file, `store.yaml has words for ${name}, which is not an action that can be asked for`)),
  ]
}

function typesOf(tree: SchemaTree): ReadonlySet<string> {
  const types = Object.entries(tree).flatMap(([namespace, { entityTypes }]) =>
    Object.keys(entityTypes).map((name) => (namespace === '' ? name : `${namespace}::${name}`)),
  )
  return new Set(types)
}

/** Where a name first stands in the file, for mistakes that the parser does not know of. */
function mistakeNear(file: SourceFile, name: string, says: string): Mistake {
  const offset = name === '' ? -1 : file.text.indexOf(name)
  return offset === -1 ? mistakeIn(file, says) : mistakeAt(file, offset, says)
}

function isWithin(namespace: string, outer: string): boolean {
  return namespace === outer || namespace.startsWith(`${outer}::`)
}
