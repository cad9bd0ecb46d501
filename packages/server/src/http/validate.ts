/**
 * Shape by schema: Ajv without coercion, removal or defaults, so that what was
 * checked is what was sent.
 *
 * Objects refuse keys that they do not name, unless their schema says
 * otherwise: `additionalProperties: false` is put in wherever a schema is silent.
 *
 * @module
 */

import { Ajv, type ValidateFunction } from 'ajv'
import type { TSchema } from 'typebox'
import { refuse } from './refusals.ts'

/** Where in the request a shape was wrong, in words that the schema chose and never the caller. */
export class ShapeMistake extends Error {
  override readonly name = 'ShapeMistake'
  /** For instance `body/username`. */
  readonly at: string
  /** The schema keyword that was not met, for instance `required`. */
  readonly rule: string

  constructor(at: string, rule: string) {
    super(`${at}: ${rule}`)
    this.at = at
    this.rule = rule
  }
}

/** Refuses with `request.malformed`, its cause a {@link ShapeMistake}. */
export type CheckShape = (value: unknown) => void

export interface Shapes {
  /** Compiled at first use: a server has a hundred schemas and needs four to answer its first request. */
  checker(part: 'params' | 'query' | 'body', schema: TSchema): CheckShape
}

/**
 * Schemas are ours: the compiler is strict with them, and a test holds them against JSON Schema itself. Doing that at every
 * start takes 60 ms.
 */
const trusted = { meta: false, validateSchema: false } as const

export function createShapes(): Shapes {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: false, messages: false, inlineRefs: true, ...trusted })
  return {
    checker(part, schema) {
      let valid: ValidateFunction | undefined
      return (value) => {
        valid ??= ajv.compile(closed(schema) as object)
        if (!valid(value)) throw malformed(part, valid)
      }
    },
  }
}

function malformed(part: string, valid: ValidateFunction): Error {
  const [mistake] = valid.errors ?? []
  const missing: unknown = mistake?.params['missingProperty']
  const path = `${mistake?.instancePath ?? ''}${typeof missing === 'string' ? `/${missing}` : ''}`
  const at = /^[A-Za-z0-9_/-]{0,128}$/.test(path) ? `${part}${path}` : part
  return refuse('request.malformed', `shape of ${at}`, new ShapeMistake(at, mistake?.keyword ?? 'schema'))
}

/** The schema, with every silent object closed. The branches of `allOf` stay open, since each sees only a part. */
export function closed(schema: unknown, inAllOf = false): unknown {
  if (Array.isArray(schema)) return schema.map((item) => closed(item))
  if (typeof schema !== 'object' || schema === null) return schema
  const out: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'const' || key === 'enum' || key === 'default' || key === 'examples') out[key] = value
    else if (key === 'allOf') out[key] = (value as readonly unknown[]).map((branch) => closed(branch, true))
    else if (key === 'properties' || key === 'patternProperties' || key === '$defs') {
      out[key] = Object.fromEntries(Object.entries(value as object).map(([name, member]) => [name, closed(member)]))
    } else out[key] = closed(value)
  }
  if ([out['type']].flat().includes('object') && out['additionalProperties'] === undefined && !inAllOf) out['additionalProperties'] = false
  return out
}
