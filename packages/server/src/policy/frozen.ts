/**
 * A compiled set as text, so that a start need not compile what was compiled
 * before. It is no more trustworthy than where it was kept: whoever thaws it must
 * know that nobody else wrote it.
 *
 * @module
 */

import { base64url, sha256 } from '#kernel'
import type { ActionShape, CompiledSet, PolicyId, PolicySummary } from './engine.ts'
import { houseSchema } from './house-schema.ts'
import type { ExportedSet } from './source.ts'

/** Raise it with every change of `compile.ts` that makes another set of the same text. */
const compilerVersion = 2

/** Names what a set was compiled by: the same text compiled by something else may be another set, or none. */
export const compiler: string = `${compilerVersion} ${base64url(sha256(houseSchema))}`

interface Frozen {
  readonly schema: {
    readonly text: string
    readonly actions: readonly (readonly [name: string, ...shape: FrozenShape])[]
    readonly types: readonly string[]
  }
  readonly words: {
    readonly name: string
    readonly namespace: string
    readonly actions: readonly (readonly [string, string])[]
    readonly roles: readonly (readonly [string, string])[]
  }
  readonly policies: readonly PolicySummary[]
}

type FrozenShape = readonly [
  principals: readonly string[],
  resources: readonly string[],
  context: readonly string[],
  groups: readonly string[],
]

/** Everything of a set but its own text. */
export function freezeSet({ schema, words, policies }: CompiledSet): string {
  const frozen: Frozen = {
    schema: {
      text: schema.text,
      actions: [...schema.actions].map(([name, { principals, resources, context, groups }]) => [
        name,
        [...principals],
        [...resources],
        [...context],
        [...groups],
      ]),
      types: [...schema.types],
    },
    words: { name: words.name, namespace: words.namespace, actions: [...words.actions], roles: [...words.roles] },
    policies: [...policies.values()],
  }
  return JSON.stringify(frozen)
}

/** The set again, from the text that {@link freezeSet} made of it. */
export function thawSet(exported: ExportedSet, text: string): CompiledSet {
  const { schema, words, policies } = JSON.parse(text) as Frozen
  return {
    ...exported,
    schema: {
      text: schema.text,
      actions: new Map(schema.actions.map(([name, ...shape]): [string, ActionShape] => [name, thawShape(shape)])),
      types: new Set(schema.types),
    },
    words: { ...words, actions: new Map(words.actions), roles: new Map(words.roles) },
    policies: new Map(policies.map((policy): [PolicyId, PolicySummary] => [policy.id, policy])),
  }
}

function thawShape([principals, resources, context, groups]: FrozenShape): ActionShape {
  return { principals: new Set(principals), resources: new Set(resources), context: new Set(context), groups: new Set(groups) }
}
