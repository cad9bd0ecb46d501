/**
 * A set as the engine decides by it: its schema and policies read once, and
 * nothing left to read for a request but the request.
 *
 * @module
 */

import {
  actionEntities,
  authorize,
  EntityOverlay,
  EntityStore,
  InputError,
  PolicySet,
  readEntities,
  readPolicies,
  readRequest,
  readSchema,
  readSchemaText,
  validate,
  type EntitySource,
  type PolicyJson,
  type Schema,
} from '@countersign/cedar'
import { unanswerable, type AuthorizationRequest, type CompiledSet, type Entity, type Evaluation, type PolicyId } from './engine.ts'

/** What decides by one set. */
export interface Program {
  readonly schema: Schema
  readonly policies: PolicySet
  /** The actions and their groups: the only entities that a set brings. */
  readonly entities: EntitySource
}

type Texts = Pick<CompiledSet, 'schema' | 'policies'>

/** Reads a set that was checked. Throws {@link InputError} for what the engine does not read. */
export function readProgram(set: Texts): Program {
  return programOf(readSchema(readSchemaText(set.schema.text)), readAll(set))
}

/** The program of a set that Cedar's own build has accepted, or why the engine does not decide by it. */
export function checkProgram(set: Texts): Program | { readonly mistake: string } {
  try {
    const schema = readSchema(readSchemaText(set.schema.text))
    const policies = readAll(set)
    const [mistake] = validate(schema, policies).mistakes
    return mistake === undefined ? programOf(schema, policies) : { mistake: `${mistake.policy}: ${mistake.says}` }
  } catch (error) {
    if (error instanceof InputError) return { mistake: error.message }
    throw error
  }
}

function readAll({ policies }: Texts): Readonly<Record<string, PolicyJson>> {
  return Object.fromEntries([...policies.values()].flatMap(({ id, text }) => readPolicies(text).map(({ json }) => [id, json] as const)))
}

function programOf(schema: Schema, staticPolicies: Readonly<Record<string, PolicyJson>>): Program {
  const entities = new EntityStore()
  entities.apply({ put: actionEntities(schema) })
  return { schema, policies: PolicySet.fromJson({ staticPolicies }), entities }
}

/** Answers a request. What does not fit the schema is not asked. */
export function run({ schema, policies, entities }: Program, request: AuthorizationRequest, own: readonly Entity[]): Evaluation {
  try {
    const known = new EntityOverlay(entities, readEntities(schema, own))
    const { decision, reasons, erring } = authorize(policies, known, readRequest(schema, request))
    return {
      decision,
      reasons: reasons.map((id) => id as PolicyId),
      erring: erring.map(({ policy, effect, error }) => ({ policy: policy as PolicyId, effect, error: error.message })),
    }
  } catch (error) {
    if (error instanceof InputError) return unanswerable(error.message)
    throw error
  }
}
