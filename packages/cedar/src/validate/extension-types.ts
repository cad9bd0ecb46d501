/** What extension functions take and give. @module */

import type { ExtensionName } from '../schema/type.ts'
import { either, type ExpressionType } from './expression-type.ts'

interface Signature {
  readonly takes: readonly ExpressionType[]
  readonly gives: ExpressionType
}

const long: ExpressionType = { is: 'long' }
const extension = (name: ExtensionName): ExpressionType => ({ is: 'extension', name })
const [decimal, ipaddr, datetime, duration] = [extension('decimal'), extension('ipaddr'), extension('datetime'), extension('duration')]

/** Constructors, which take one text. */
export const constructed: ReadonlyMap<string, ExpressionType> = new Map([
  ['decimal', decimal],
  ['ip', ipaddr],
  ['datetime', datetime],
  ['duration', duration],
])

const each = (
  names: readonly string[],
  takes: readonly ExpressionType[],
  gives: ExpressionType,
): readonly (readonly [string, Signature])[] => names.map((name) => [name, { takes, gives }] as const)

/** Methods; the first argument is what they are called on. */
export const methodTypes: ReadonlyMap<string, Signature> = new Map([
  ...each(['lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual'], [decimal, decimal], either),
  ...each(['isIpv4', 'isIpv6', 'isLoopback', 'isMulticast'], [ipaddr], either),
  ...each(['isInRange'], [ipaddr, ipaddr], either),
  ...each(['offset'], [datetime, duration], datetime),
  ...each(['durationSince'], [datetime, datetime], duration),
  ...each(['toDate'], [datetime], datetime),
  ...each(['toTime'], [datetime], duration),
  ...each(['toMilliseconds', 'toSeconds', 'toMinutes', 'toHours', 'toDays'], [duration], long),
])
