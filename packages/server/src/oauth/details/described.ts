/**
 * Whether the schemas of a type of details describe all that a detail may hold: what
 * they leave open, a client would fill with names and values of its own, and a person
 * would be shown them as if they were ours. Pure.
 *
 * @module
 */

import { isMemberName, type Schema } from './show.ts'

/** Keywords that describe. Of all others some allow members, or lists, of which nothing is said. */
const keywords: readonly string[] = (
  'type title description const enum anyOf oneOf properties required additionalProperties minProperties maxProperties ' +
  'items minItems maxItems uniqueItems minLength maxLength pattern minimum maximum exclusiveMinimum exclusiveMaximum multipleOf'
).split(' ')

/** What a schema leaves open, for whoever wrote it; nothing where it leaves nothing open. */
export function openPlaces(schema: unknown, at: string): readonly string[] {
  if (!isObject(schema)) return [`${at} has no schema`]
  const { type, properties = {}, items, anyOf = [], oneOf = [] } = schema as Schema
  const types = [type].flat()
  const branches = [anyOf, oneOf].flat()
  const others = Object.keys(schema).filter((keyword) => !keywords.includes(keyword))
  return [
    ...others.map((keyword) => `${at} may not have ${keyword}`),
    ...(![undefined, false].includes(schema['additionalProperties'] as undefined)
      ? [`${at} may not have other additionalProperties than false`]
      : []),
    ...(type === undefined && branches.length === 0 && !isScalars(valuesOf(schema)) ? [`${at} has no type`] : []),
    ...Object.keys(properties).flatMap((name) => (isMemberName(name) ? [] : [`${at} may not have a member ${JSON.stringify(name)}`])),
    ...Object.entries(properties).flatMap(([name, member]) => openPlaces(member, `${at}.${name}`)),
    ...(types.includes('array') ? openPlaces(items, `${at}[]`) : []),
    ...branches.flatMap((branch, number) => openPlaces(branch, `${at}(${number + 1})`)),
  ]
}

/** The only values that it allows, where it says them. */
function valuesOf(schema: Readonly<Record<string, unknown>>): readonly unknown[] {
  if ('const' in schema) return [schema['const']]
  return Array.isArray(schema['enum']) ? schema['enum'] : []
}

const isScalars = (values: readonly unknown[]): boolean =>
  values.length > 0 && values.every((value) => typeof value !== 'object' || value === null)

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
