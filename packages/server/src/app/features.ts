/**
 * The features, over the ground: who people are, that they signed in, what was
 * given out and taken away.
 *
 * @module
 */

import { createIdentity, type Identity } from '#identity'
import { createSessions, type Sessions } from '#sessions'
import { createTokens, type Tokens } from '#tokens'
import type { Config } from './config.ts'
import type { Ground } from './ground.ts'

export interface Features {
  readonly tokens: Tokens
  readonly identity: Identity
  readonly sessions: Sessions
}

/** Builds the features. Nothing runs yet. */
export function createFeatures(ground: Ground, config: Config): Features {
  const { store, keys, people, clock, tenant } = ground
  const { idleSeconds, absoluteSeconds } = config.sessions ?? {}
  const tokens = createTokens({
    store,
    keys,
    clock,
    tenant,
    issuer: config.issuer,
    ...(absoluteSeconds === undefined ? {} : { longestSessionSeconds: absoluteSeconds }),
  })
  const { revoke, announce } = tokens.revocations
  const { memoryKibibytes: memoryKiB, ...passwords } = config.passwords ?? {}
  const identity = createIdentity({
    store,
    keys,
    people,
    revoke,
    announce,
    passwords: { ...passwords, ...(memoryKiB === undefined ? {} : { memoryKiB }) },
  })
  const sessions = createSessions({
    store,
    people,
    generationOf: identity.generationOf,
    revoke,
    announce,
    settings: { ...(idleSeconds === undefined ? {} : { idleSeconds }), ...(absoluteSeconds === undefined ? {} : { absoluteSeconds }) },
  })
  return { tokens, identity, sessions }
}
