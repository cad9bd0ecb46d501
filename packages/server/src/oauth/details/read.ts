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
import { isMemberName } from './show.ts'

/** In UTF-8, as sent and as said again: with everything else that an access token holds, it stays within what our endpoints take. */
export const mostDetailsBytes = 2_048

/** More than anybody reads on a page. */
export const mostDetails = 8

/** Lists and objects inside each other, the list of all details among them. */
const mostLevels = 8

/** Undefined unless it is a list of objects, each with its type. What a type may hold is for whoever knows the types. */
export function readDetails(text: string): readonly AuthorizationDetail[] | undefined {
  const items = isShort(text) ? readJsonArray(utf8(text)) : undefined
  if (items === undefined || items.length === 0 || items.length > mostDetails) return undefined
  // A number may be written longer than it was sent: 1e20 has 21 digits.
  return items.every(isDetail) && isShowable(items, mostLevels) && isShort(JSON.stringify(items)) ? items : undefined
}

const isShort = (text: string): boolean => utf8(text).length <= mostDetailsBytes

function isDetail(item: unknown): item is AuthorizationDetail {
  return typeof item === 'object' && item !== null && 'type' in item && typeof item.type === 'string'
}

/** Text that shows, numbers that JSON can say again, and names that are one step of a path each. */
function isShowable(value: unknown, levels: number): boolean {
  if (typeof value === 'string') return !unseen.test(value)
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.entries(value).every(([name, inside]) => isMemberName(name) && isShowable(inside, levels - 1))
}

/** Whether everything that is asked for was granted, as it was granted and as often (section 6.1). Members have no order. */
export function isPartOf(asked: readonly AuthorizationDetail[], granted: readonly AuthorizationDetail[]): boolean {
  const left = granted.map(inOrder)
  for (const detail of asked) {
    const at = left.indexOf(inOrder(detail))
    if (at === -1) return false
    left.splice(at, 1)
  }
  return true
}

function inOrder(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inOrder).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1))
  return `{${members.map(([name, inside]) => `${JSON.stringify(name)}:${inOrder(inside)}`).join(',')}}`
}
