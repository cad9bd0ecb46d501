/**
 * The features, over the ground: who people are, that they signed in, what was
 * given out and taken away.
 *
 * @module
 */

import { availableParallelism } from 'node:os'
import { createIdentity, type Identity } from '#identity'
import { createSessions, type Sessions } from '#sessions'
import { createTokens, type Tokens } from '#tokens'
import type { Config } from './config.ts'
import type { Ground } from './ground.ts'
import { ownerRole } from './house-setup.ts'

export interface Features {
  readonly tokens: Tokens
  readonly identity: Identity
  readonly sessions: Sessions
}

/** Builds the features. Nothing runs yet. `processes` share the cores of this machine. */
export function createFeatures(ground: Ground, config: Config, processes = 1): Features {
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
  const { revocations } = tokens
  const revoke: typeof revocations.revoke = async (tx, op, target) => revocations.revoke(tx, op, target)
  const announce: typeof revocations.announce = async (op) => revocations.announce(op)
  const { memoryKibibytes: memoryKiB, ...passwords } = config.passwords ?? {}
  const identity = createIdentity({
    store,
    keys,
    people,
    revoke,
    announce,
    alwaysHeld: [ownerRole],
    pool: { atOnce: Math.max(1, Math.floor(availableParallelism() / processes)) },
    passwords: { ...passwords, ...(memoryKiB === undefined ? {} : { memoryKiB }) },
  })
  const sessions = createSessions({
    store,
    people,
    generationOf: async (db, op, user) => identity.generationOf(db, op, user),
    revoke,
    announce,
    settings: { ...(idleSeconds === undefined ? {} : { idleSeconds }), ...(absoluteSeconds === undefined ? {} : { absoluteSeconds }) },
  })
  return { tokens, identity, sessions }
}
