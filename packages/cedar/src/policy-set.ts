/** A set of policies, compiled once and then only asked. @module */

import { compileBody, placePolicy, type Body, type CompiledPolicy } from './compile/policy.ts'
import type { Environment } from './compile/evaluate.ts'
import { ScopeIndex, type Known } from './compile/index-by-scope.ts'
import { slotsOf, type Slots } from './compile/scope.ts'
import type { EntitySource } from './entities/source.ts'
import type { PolicyJson, PolicySetJson } from './policy.ts'
import { member, readList, readObject, readText, readUid, refuseInput, type Path } from './read/plain.ts'

/** Policies and links of one set, at most. */
export const mostPolicies: number = 100_000

interface Template {
  readonly json: PolicyJson
  readonly body: Body
}

export class PolicySet {
  readonly #policies: ReadonlyMap<string, CompiledPolicy>
  readonly #index = new ScopeIndex()

  private constructor(policies: readonly CompiledPolicy[]) {
    this.#policies = new Map(policies.map((policy) => [policy.id, policy]))
    // In the order of answers, so that they need not be sorted.
    for (const policy of policies.toSorted((left, right) => (left.id < right.id ? -1 : 1))) this.#index.add(policy)
  }

  /**
   * Compiles policies in Cedar's JSON form. They are taken as they are: whether they fit a schema is the validator's to say.
   *
   * Throws {@link InputError} for what is no policy, for a template that is no template, and for an id that stands for two.
   */
  static fromJson({ staticPolicies = {}, templates = {}, templateLinks = [] }: PolicySetJson): PolicySet {
    const plain = Object.entries(staticPolicies).map(([id, json]) => {
      const path = ['staticPolicies', id]
      if (slotsOf(json, path).length > 0) refuseInput('input.missing', path, 'a template is no policy before it is linked')
      return placePolicy(id, json, compileBody(json, path), {}, path)
    })
    const bodies = new Map(
      Object.entries(templates).map(([id, json]) => [id, { json, body: compileBody(json, ['templates', id]) }] as const),
    )
    const linked = readList(templateLinks, ['templateLinks']).map((link, at) => linkTemplate(bodies, link, ['templateLinks', at]))
    const policies = [...plain, ...linked]
    if (policies.length > mostPolicies) refuseInput('input.size', [], `more than ${mostPolicies} policies`)
    checkIds([...policies.map(({ id }) => id), ...bodies.keys()])
    return new PolicySet(policies)
  }

  get size(): number {
    return this.#policies.size
  }

  get(id: string): CompiledPolicy | undefined {
    return this.#policies.get(id)
  }

  /** Every policy, in no particular order. */
  all(): Iterable<CompiledPolicy> {
    return this.#policies.values()
  }

  /** The policies whose scope fits, or may fit where something is not known yet. */
  candidates(known: Known, entities: EntitySource): readonly CompiledPolicy[] {
    return this.#index.candidates(known, entities)
  }

  /** Whether no forbid holds or errs, and some permit holds. */
  isAllowed(environment: Environment): boolean {
    return this.#index.isAllowed(environment)
  }
}

function linkTemplate(templates: ReadonlyMap<string, Template>, json: unknown, path: Path): CompiledPolicy {
  const link = readObject(json, path)
  const templateId = readText(member(link, 'templateId'), [...path, 'templateId'])
  const template = templates.get(templateId)
  if (template === undefined) return refuseInput('input.name', path, `there is no template ${JSON.stringify(templateId)}`)
  const wanted: readonly string[] = slotsOf(template.json, path)
  const values = Object.entries(readObject(member(link, 'values') ?? {}, [...path, 'values']))
  for (const [slot] of values) if (!wanted.includes(slot)) refuseInput('input.name', path, `the template has no slot ${slot}`)
  const slots: Slots = Object.fromEntries(values.map(([slot, uid]) => [slot, readUid(uid, [...path, 'values', slot])]))
  return placePolicy(readText(member(link, 'newId'), [...path, 'newId']), template.json, template.body, slots, path)
}

function checkIds(ids: readonly string[]): void {
  const seen = new Set<string>()
  for (const id of ids) {
    if (seen.has(id)) refuseInput('input.duplicate', [], `two policies are called ${JSON.stringify(id)}`)
    seen.add(id)
  }
}
