/**
 * The types of authorization details that are registered with the server, RFC 9396
 * section 2: which members each has, and how a person reads it.
 *
 * What is not described is refused (section 5): a member that nobody here knows
 * could not be shown to the person who is asked to allow it.
 *
 * @module
 */

import { Ajv, type ValidateFunction } from 'ajv'
import { closed } from '#http'
import type { AuthorizationDetail } from '#tokens'
import { openPlaces } from './described.ts'
import { shownDetail, type Schema, type ShownDetail } from './show.ts'

/** A type as the operator registers it. */
export interface DetailType {
  /** For the person who is asked, with members in braces: `Pay {amount} to {creditor.name}`. */
  readonly says: string
  /** What it may hold beside `type`: a JSON Schema for each member. Each says its type; objects hold what they name and nothing else. */
  readonly members: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
}

export type DetailTypeSettings = Readonly<Record<string, DetailType>>

export interface DetailTypes {
  readonly names: readonly string[]
  /** Whether all of them are of a type that is registered and in `allowed`, and hold what that type may hold. */
  readonly fit: (details: readonly AuthorizationDetail[], allowed: readonly string[]) => boolean
  /** What a person is shown. Only for what fits. */
  readonly show: (detail: AuthorizationDetail) => ShownDetail
}

/** Throws for a type that {@link mistakesInDetailTypes} complains of. */
export function createDetailTypes(settings: DetailTypeSettings = {}): DetailTypes {
  const mistakes = mistakesInDetailTypes(settings)
  if (mistakes.length > 0) throw new Error(mistakes.join('\n'))
  const checks = new Map(Object.entries(settings).map(([name, type]) => [name, checkerOf(name, type)]))
  return {
    names: Object.keys(settings),
    fit: (details, allowed) => details.every((detail) => allowed.includes(detail.type) && checks.get(detail.type)?.(detail) === true),
    show: (detail) => {
      const type = settings[detail.type]
      if (type === undefined) throw new Error('a detail of a type that is not registered is shown')
      return shownDetail(detail, type.says, schemaOf(detail.type, type))
    },
  }
}

/** What is wrong with the types that a configuration has, for whoever wrote it. */
export function mistakesInDetailTypes(settings: DetailTypeSettings): readonly string[] {
  return Object.entries(settings).flatMap(([name, type]) => {
    const at = `authorizationDetails ${name}`
    if ('type' in type.members) return [`${at}: type is a member of every type`]
    try {
      checkerOf(name, type)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      return [`${at}: its members are no JSON Schema (${error.message})`]
    }
    const schema = schemaOf(name, type)
    const open = openPlaces(schema, name)
    if (open.length > 0) return open.map((place) => `authorizationDetails ${place}`)
    const unsaid = slotsOf(type.says).filter((slot) => !isAlwaysThere(schema, slot.split('.')))
    return unsaid.map((slot) => `${at}: {${slot}} is not a required text, number or yes or no`)
  })
}

/** The names in braces. */
export function slotsOf(says: string): readonly string[] {
  return [...says.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name)
}

const schemaOf = (name: string, { members, required = [] }: DetailType): Schema => ({
  type: 'object',
  properties: { type: { const: name }, ...members },
  required: ['type', ...required],
})

function checkerOf(name: string, type: DetailType): ValidateFunction {
  return new Ajv({ strict: true, allowUnionTypes: true, messages: false }).compile(closed(schemaOf(name, type)) as object)
}

/** Or the sentence would have a gap. */
function isAlwaysThere(schema: Schema, [member, ...rest]: readonly string[]): boolean {
  if (member === undefined) return ['string', 'number', 'integer', 'boolean'].includes(String(schema.type))
  const inside = schema.type === 'object' ? schema.properties?.[member] : undefined
  return inside !== undefined && schema.required?.includes(member) === true && isAlwaysThere(inside, rest)
}
