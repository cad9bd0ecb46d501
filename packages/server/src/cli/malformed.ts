/** What the server could not read, in words: it says where and by which rule. @module */

import type { ApiRefusal } from '#remote'

/** What is wrong when a rule of JSON Schema does not hold. */
const rules: Readonly<Record<string, string>> = {
  additionalProperties: 'is not known',
  const: 'is none of the values that it may be',
  enum: 'is none of the values that it may be',
  maxItems: 'holds too many',
  maxLength: 'is too long',
  maximum: 'is too large',
  minItems: 'holds too few',
  minLength: 'is too short',
  minimum: 'is too small',
  pattern: 'is not of the form that it must have',
  required: 'is missing',
  type: 'is of the wrong kind',
}

/** The sentence of a refusal; of one about a request that could not be read, with what was wrong in it. */
export function sentenceOf(refusal: ApiRefusal): string {
  const { errors } = (refusal.said ?? {}) as { readonly errors?: unknown }
  const found = (Array.isArray(errors) ? errors : []).flatMap((error: unknown) => {
    const { at, rule } = (error ?? {}) as { readonly at?: unknown; readonly rule?: unknown }
    return typeof at === 'string' && typeof rule === 'string' ? [`${nameIn(at)} ${rules[rule] ?? `breaks the rule "${rule}"`}`] : []
  })
  return found.length === 0 ? refusal.message : `${refusal.message.replace(/\.$/, '')}: ${found.join(', ')}.`
}

/** From `body/grantTypes/0` to the name that somebody may have typed. */
function nameIn(at: string): string {
  const [, name = at] = at.split('/')
  return name
}
