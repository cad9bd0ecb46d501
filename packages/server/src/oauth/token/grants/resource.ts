/**
 * For which resource a token is, RFC 8707 section 2.2: one a token, among those that
 * were granted. Pure.
 *
 * @module
 */

import { refuse } from './refusals.ts'

type Form = Readonly<Record<string, string | undefined>>

/** What was sent empty was not sent. */
export function readResource({ resource }: Form): string | undefined {
  return resource === '' ? undefined : resource
}

/** What was granted: the audience where no resource is asked for, and what may be asked for instead of it. */
export interface GrantedResources {
  readonly audience: readonly string[]
  /** Absent in what was granted before this was kept: then there is no other. */
  readonly resources?: readonly string[] | undefined
}

/** The audience of a token for the resource, with whatever of ours was granted beside it. Throws `grant.resource`. */
export function resourceAudience(
  { audience, resources = audience.slice(0, 1) }: GrantedResources,
  asked: string | undefined,
): readonly string[] {
  if (asked === undefined) return audience
  if (!resources.includes(asked)) throw refuse('grant.resource')
  return [asked, ...audience.filter((one) => !resources.includes(one))]
}
