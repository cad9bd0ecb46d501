/**
 * What the server's process measures. Ports are wrapped where the house is put
 * together, so that no module below knows of metrics; without them nothing is
 * wrapped.
 *
 * @module
 */

import type { Audit } from '#audit'
import type { Server, WatchRequests } from '#http'
import type { Identity } from '#identity'
import { Unavailable, type Clock } from '#kernel'
import type { Guesses, LimitDecision, Limits } from '#ratelimit'
import type { Rulebook } from '#rulebook'
import type { SigninPorts } from '#signin'
import type { Tokens } from '#tokens'
import type { Ground } from '../ground.ts'
import { openMeters, type Meters } from './meters.ts'
import { processMetrics, serverMetrics, statusClass } from './metric-list.ts'

export interface ServerMeters extends Pick<Meters<typeof serverMetrics>, 'text' | 'contentType'> {
  readonly watch: WatchRequests
  readonly onCommit: (writes: number) => void
  readonly limitFellBack: () => void
  limits(limits: Limits): Limits
  guesses(guesses: Guesses): Guesses
  decisions(rulebook: Pick<Rulebook, 'decide'>): Pick<Rulebook, 'decide'>
  signIns(ports: SigninPorts): SigninPorts
  readonly unreadable: (code: string) => void
  /** Begins to read what the running house knows. */
  follow(running: Running): void
}

/** What is looked at when somebody scrapes. */
export interface Running {
  readonly house: {
    readonly server: Pick<Server, 'underWay'>
    readonly identity: Pick<Identity, 'passwordLoad'>
    readonly ground: Pick<Ground, 'store'>
    readonly audit: Pick<Audit, 'freshness'>
    readonly tokens: Pick<Tokens, 'revocations'>
    readonly isReady: () => boolean
    readonly limitsShared: (() => boolean) | undefined
    readonly doubted: () => number
  }
  readonly connections: () => Promise<number>
  readonly gateways: () => number
}

/** `worker`: the number of this process, where it is one of several. */
export async function openServerMeters(version: string, clock: Clock, worker?: number): Promise<ServerMeters> {
  const meters = await openMeters({ ...processMetrics, ...serverMetrics }, clock, worker === undefined ? {} : { worker: String(worker) })
  meters.say('countersign_build_info', { version })
  const signedIn = (outcome: 'succeeded' | 'wrong' | 'limited' | 'shed'): void => meters.count('countersign_sign_ins_total', { outcome })
  const limited = <Decision extends LimitDecision>(decision: Decision): Decision => {
    if (!decision.allowed) meters.count('countersign_limit_refusals_total', { limit: decision.name })
    return decision
  }
  const counted = (asked: LimitDecision | Promise<LimitDecision>): LimitDecision | Promise<LimitDecision> =>
    asked instanceof Promise ? asked.then(limited) : limited(asked)

  return {
    text: meters.text,
    contentType: meters.contentType,
    watch: ({ method, route }) => {
      const beganMs = clock.monotonicMs()
      return {
        ended: (how) =>
          meters.observe(
            'countersign_http_request_duration_seconds',
            { method, route, status: statusClass(how) },
            (clock.monotonicMs() - beganMs) / 1000,
          ),
      }
    },
    limitFellBack: () => meters.count('countersign_limits_alone_total', {}),
    onCommit: (writes) => meters.observe('countersign_store_writes_per_commit', {}, writes),
    limits: (limits) => ({
      byAddress: (op, address, limit) => counted(limits.byAddress(op, address, limit)),
      byPrincipal: (op, principal, limit) => counted(limits.byPrincipal(op, principal, limit)),
    }),
    guesses: (guesses) => ({
      ...guesses,
      spend: async (op, guess) => limited(await guesses.spend(op, guess)),
      look: async (op, guess) => limited(await guesses.look(op, guess)),
    }),
    decisions: (rulebook) => ({
      decide: (store, asked) => {
        const decision = rulebook.decide(store, asked)
        meters.count('countersign_decisions_total', { store, effect: decision.effect })
        return decision
      },
    }),
    signIns: ({ identity, sessions, ...ports }) => ({
      ...ports,
      identity: {
        ...identity,
        checkPassword: async (op, attempt) => {
          try {
            const found = await identity.checkPassword(op, attempt)
            if (found.is === 'wrong') signedIn('wrong')
            return found
          } catch (error) {
            if (error instanceof Unavailable) signedIn('shed')
            throw error
          }
        },
      },
      sessions: {
        ...sessions,
        begin: async (op, wanted) => {
          const begun = await sessions.begin(op, wanted)
          signedIn('succeeded')
          return begun
        },
      },
      guesses: {
        ...ports.guesses,
        spend: async (op, guess) => {
          const decision = await ports.guesses.spend(op, guess)
          if (!decision.allowed) signedIn('limited')
          return decision
        },
      },
    }),
    unreadable: (code) => meters.count('countersign_unreadable_requests_total', { code }),
    follow: ({ house: { server, identity, ground, audit, tokens, isReady, limitsShared, doubted }, connections, gateways }) => {
      meters.read('countersign_ready', () => Number(isReady()))
      meters.read('countersign_open_connections', connections)
      meters.read('countersign_http_requests_under_way', () => server.underWay)
      meters.read('countersign_password_hashes_running', () => identity.passwordLoad().running)
      meters.read('countersign_password_hashes_waiting', () => identity.passwordLoad().waiting)
      meters.read('countersign_password_hashes_rejected_total', () => identity.passwordLoad().shed)
      meters.read('countersign_store_healthy', () => Number(ground.store.isHealthy()))
      meters.read('countersign_audit_lag_events', () => audit.freshness().eventsWaiting)
      meters.read('countersign_audit_lag_seconds', () => audit.freshness().lagMs / 1000)
      meters.read('countersign_audit_reads_waiting', () => audit.freshness().readsWaiting)
      meters.read('countersign_audit_broken', () => Number(audit.freshness().broken !== undefined))
      meters.read('countersign_revocations_age_seconds', () => (tokens.revocations.ageMs() ?? Infinity) / 1000)
      if (limitsShared !== undefined) meters.read('countersign_limits_shared', () => Number(limitsShared()))
      meters.read('countersign_policies_doubted', doubted)
      meters.read('countersign_gateways_connected', gateways)
    },
  }
}
