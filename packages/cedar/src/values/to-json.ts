/** Values in Cedar's JSON form, with its escapes: what {@link readValue} reads back to the same. @module */

import type { Datetime } from '../extensions/datetime.ts'
import { Decimal } from '../extensions/decimal.ts'
import { Duration } from '../extensions/duration.ts'
import { IpAddress } from '../extensions/ip-address.ts'
import { EntityUid } from './uid.ts'
import { CedarSet, type CedarRecord, type Extension, type Value } from './value.ts'

export function valueToJson(value: Value): unknown {
  if (typeof value !== 'object') return value
  if (value instanceof EntityUid) return { __entity: value.toJSON() }
  if (value instanceof CedarSet) return value.members.map(valueToJson)
  if (value instanceof Map) return recordToJson(value as CedarRecord)
  return { __extn: extensionToJson(value as Extension) }
}

export function recordToJson(record: CedarRecord): Readonly<Record<string, unknown>> {
  return Object.fromEntries([...record].map(([name, value]) => [name, valueToJson(value)]))
}

/** A moment is written as so long after 1970: dates have four digits for the year, and moments go further. */
function extensionToJson(
  value: Extension,
): { readonly fn: string; readonly arg: string } | { readonly fn: string; readonly args: readonly unknown[] } {
  if (value instanceof Decimal) return { fn: 'decimal', arg: value.toString() }
  if (value instanceof IpAddress) return { fn: 'ip', arg: value.toString() }
  if (value instanceof Duration) return { fn: 'duration', arg: value.toString() }
  const since = new Duration((value satisfies Datetime).epochMs)
  return { fn: 'offset', args: [{ __extn: { fn: 'datetime', arg: '1970-01-01' } }, { __extn: { fn: 'duration', arg: since.toString() } }] }
}
