/**
 * Limits of requests, by address and by who asks, for each class of endpoint.
 *
 * @module
 */

import { networkOf, type Operation, type Principal } from '#kernel'
import type { Buckets, LimitDecision } from './buckets.ts'
import { classRates, type ClassRates, type LimitClass, type LimitSettings, type Rate } from './classes.ts'

export interface Limits {
  /** Spends from the bucket of the address' network. */
  byAddress(op: Pick<Operation, 'tenant'>, address: string, limit: LimitClass): LimitDecision | Promise<LimitDecision>
  /** Spends from the bucket of a user or client. */
  byPrincipal(op: Pick<Operation, 'tenant'>, principal: Pick<Principal, 'id'>, limit: LimitClass): LimitDecision | Promise<LimitDecision>
}

/** The limits of a server. Throws when a setting is no rate. */
export function createLimits(buckets: Buckets, settings: LimitSettings = {}): Limits {
  const rates = ratesWith(settings)
  return {
    byAddress: (op, address, limit) => buckets.take({ name: limit, key: `${op.tenant} ${networkOf(address)}`, rate: rates[limit].address }),
    byPrincipal: (op, principal, limit) =>
      buckets.take({ name: callerNames[limit], key: `${op.tenant} ${principal.id}`, rate: rates[limit].principal }),
  }
}

const callerNames: Readonly<Record<LimitClass, string>> = {
  health: 'health-caller',
  metadata: 'metadata-caller',
  page: 'page-caller',
  'signed-error': 'signed-error-caller',
  'sign-in': 'sign-in-caller',
  token: 'token-caller',
  pushed: 'pushed-caller',
  api: 'api-caller',
  admin: 'admin-caller',
  proxied: 'proxied-caller',
}

function ratesWith(settings: LimitSettings): Readonly<Record<LimitClass, ClassRates>> {
  const rates = Object.fromEntries(
    Object.entries(classRates).map(([name, usual]) => [name, { ...usual, ...settings.classes?.[name as LimitClass] }]),
  ) as Record<LimitClass, ClassRates>
  for (const [name, { address, principal }] of Object.entries(rates)) for (const rate of [address, principal]) checkRate(name, rate)
  return rates
}

/** A bucket holds at least one token and refills, or it would be a ban. */
export function checkRate(name: string, { burst, perSecond }: Rate): void {
  const sound = Number.isSafeInteger(burst) && burst >= 1 && Number.isFinite(perSecond) && perSecond > 0
  if (!sound) throw new Error(`The limit ${name} needs a burst of at least 1 and a rate above 0`)
}
