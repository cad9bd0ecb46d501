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
import type { AuthorizationRequest, CompiledSet, Entity, Evaluation, PolicyId } from './engine.ts'

/** What decides by one set. */
export interface Program {
  readonly schema: Schema
  readonly policies: PolicySet
  /** The actions and their groups: the only entities that a set brings. */
  readonly entities: EntitySource
}

type Texts = Pick<CompiledSet, 'schema' | 'policies'>

/** Reads a set. Throws {@link InputError} for what the engine does not read. */
export function readProgram(set: Texts): Program {
  const schema = readSchema(readSchemaText(set.schema.text))
  const entities = new EntityStore()
  entities.apply({ put: actionEntities(schema) })
  return { schema, policies: PolicySet.fromJson({ staticPolicies: readAll(set) }), entities }
}

/** Why the engine would not decide by a set that the referee has accepted; undefined when it would. */
export function findProgramMistake(set: Texts): string | undefined {
  try {
    const { schema } = readProgram(set)
    const [mistake] = validate(schema, readAll(set)).mistakes
    return mistake && `${mistake.policy}: ${mistake.says}`
  } catch (error) {
    if (error instanceof InputError) return error.message
    throw error
  }
}

function readAll({ policies }: Texts): Readonly<Record<string, PolicyJson>> {
  return Object.fromEntries([...policies.values()].flatMap(({ id, text }) => readPolicies(text).map(({ json }) => [id, json] as const)))
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
    if (error instanceof InputError) return { decision: 'deny', reasons: [], erring: [], unanswerable: error.message }
    throw error
  }
}
