/**
 * `authorization_details` as they are sent, RFC 9396 section 2: bounded, and
 * nothing in them that a page shows as something else. Pure.
 *
 * @module
 */

import { utf8 } from '#kernel'
import { readJsonArray } from '#keys'
import type { AuthorizationDetail } from '#tokens'
import { unseen } from '../unseen.ts'

/** With everything else that a request holds, what a browser carries for us stays within one address; and an access token within a header. */
export const mostDetailsChars = 4_096

/** More than anybody reads on a page. */
export const mostDetails = 8

/** Undefined unless it is a list of objects, each with its type. What a type may hold is for whoever knows the types. */
export function readDetails(text: string): readonly AuthorizationDetail[] | undefined {
  const items = text.length > mostDetailsChars ? undefined : readJsonArray(utf8(text))
  if (items === undefined || items.length === 0 || items.length > mostDetails) return undefined
  return items.every(isDetail) && items.every(isShowable) ? items : undefined
}

function isDetail(item: unknown): item is AuthorizationDetail {
  return typeof item === 'object' && item !== null && 'type' in item && typeof item.type === 'string'
}

/** Text that shows, and numbers that JSON can say again. */
function isShowable(value: unknown): boolean {
  if (typeof value === 'string') return !unseen.test(value)
  if (typeof value === 'number') return Number.isFinite(value)
  return (
    typeof value !== 'object' || value === null || Object.entries(value).every(([name, inside]) => isShowable(name) && isShowable(inside))
  )
}

/** Whether everything that is asked for was granted, as it was granted (section 6.1). Members have no order. */
export function isPartOf(asked: readonly AuthorizationDetail[], granted: readonly AuthorizationDetail[]): boolean {
  const known = new Set(granted.map(inOrder))
  return asked.every((detail) => known.has(inOrder(detail)))
}

function inOrder(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inOrder).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1))
  return `{${members.map(([name, inside]) => `${JSON.stringify(name)}:${inOrder(inside)}`).join(',')}}`
}
