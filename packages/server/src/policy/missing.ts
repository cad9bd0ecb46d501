/**
 * What a default deny lacks, in plain words: "Nothing allows viewers to write
 * notes. Editors may." Only roles that the store's words name are ever said, so
 * that a page of one app does not tell of the roles of another.
 *
 * @module
 */

import type { CompiledSet, EntityUid } from './engine.ts'

export interface Missing {
  /** `Nothing allows viewers to write notes.` */
  readonly sentence: string
  /** `Editors may.`, where some role may. */
  readonly whoMay?: string
  /** `write notes` */
  readonly action: string
  /** The principal's roles in words, for instance `viewers`. */
  readonly roles: readonly string[]
}

/** A sentence with more names than this is a list. */
const maxNamed = 5

export function missingFor(set: CompiledSet, roles: readonly string[], action: string, resource: EntityUid): Missing {
  const { words } = set
  const said = words.actions.get(action) ?? 'do this'
  const named = roles
    .flatMap((role) => words.roles.get(role) ?? [])
    .sort()
    .slice(0, maxNamed)
  const whoMay = sayWhoMay(set, action, resource)
  return {
    sentence: `Nothing allows ${sayWho(named)} to ${said}.`,
    ...(whoMay === undefined ? {} : { whoMay }),
    action: said,
    roles: named,
  }
}

function sayWho(named: readonly string[]): string {
  const [only] = named
  if (only === undefined) return 'you'
  return named.length === 1 ? only : `you (${named.join(', ')})`
}

/** The nearest permits: those that let a role do just this. A role that may without conditions is said first. */
function sayWhoMay(set: CompiledSet, action: string, resource: EntityUid): string | undefined {
  const always = new Set<string>()
  const sometimes = new Set<string>()
  for (const { effect, role, actions, resource: only, unconditional } of set.policies.values()) {
    const said = role === undefined ? undefined : set.words.roles.get(role)
    if (effect !== 'permit' || said === undefined || !covers(set, actions, action)) continue
    if (only !== undefined && (only.type !== resource.type || only.id !== resource.id)) continue
    if (unconditional) always.add(said)
    else sometimes.add(said)
  }
  if (always.size > 0) return `${capital(list([...always].sort()))} may.`
  if (sometimes.size > 0) return `${capital(list([...sometimes].sort()))} may in some cases.`
  return undefined
}

/** Whether a policy that chooses these actions is about one of them. */
export function covers({ schema, words }: CompiledSet, actions: 'any' | readonly EntityUid[], action: string): boolean {
  if (actions === 'any') return true
  const groups = schema.actions.get(action)?.groups
  return actions.some(({ type, id }) => type === `${words.namespace}::Action` && (id === action || groups?.has(id) === true))
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, maxNamed)
  const last = shown.at(-1) ?? ''
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(', ')} and ${last}`
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
