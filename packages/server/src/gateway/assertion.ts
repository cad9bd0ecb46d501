/**
 * The gateway's assertion, version 1, as the SDK's README defines it: who asks,
 * for which method and URL of which app, and what decided it.
 *
 * @module
 */

import { epochSeconds, randomText } from '#kernel'
import type { Decision } from '#policy'
import type { SessionView } from './channel/contract.ts'
import type { GatewayHost } from './config.ts'
import { canonicalUrl } from './request/canonical-url.ts'
import type { Target } from './request/target.ts'

export const assertionHeader = 'Countersign-Assertion'
export const assertionType = 'countersign-assertion+jwt'

/** Long enough for a clock that is a little off, too short to be worth stealing. */
const livesSeconds = 60

const mostRoles = 64
const mostPolicies = 16

export interface Asserted {
  readonly issuer: string
  readonly host: GatewayHost
  readonly target: Target
  readonly method: string
  readonly view: SessionView
  readonly decision: Decision
  readonly nowMs: number
}

/** The claims. Throws nothing; more roles than an assertion may hold are left out, which can only take rights away. */
export function assertionClaims({ issuer, host, target, method, view, decision, nowMs }: Asserted): Readonly<Record<string, unknown>> {
  const now = epochSeconds(nowMs)
  return {
    iss: issuer,
    aud: host.audience ?? host.origin,
    iat: now,
    exp: now + livesSeconds,
    jti: randomText(22),
    sub: view.user,
    sid: view.id,
    acr: view.acr,
    amr: view.amr,
    auth_time: epochSeconds(view.authTimeMs),
    roles: view.roles.slice(0, mostRoles),
    ...(host.tellName === true && view.name !== undefined ? { name: view.name } : {}),
    htm: method,
    ...canonicalUrl(host.origin, target),
    dec: {
      store: decision.store,
      digest: decision.digest,
      action: decision.action,
      policies: decision.policies.slice(0, mostPolicies),
    },
  }
}
