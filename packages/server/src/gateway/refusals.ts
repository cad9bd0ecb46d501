/**
 * What the gateway refuses and how each refusal is answered.
 *
 * @module
 */

import { httpRefusalAnswers, httpRefusals, type HttpRefusalCode, type RefusalAnswer } from '#http'
import { Refusal, refusals, type Refuse } from '#kernel'
import type { Decision } from '#policy'

const says = {
  'gateway.ambiguous_target': 'This address can be read in more than one way, so it is not passed on.',
  'gateway.ambiguous_head': 'The head of this request can be read in more than one way, so it is not passed on.',
  'gateway.bad_upgrade': 'Only WebSockets can be opened here.',
  'gateway.not_signed_in': 'You are not signed in here.',
  'gateway.session_ended': 'Your session has ended.',
  'gateway.denied': 'This is not allowed.',
  'gateway.route_changed': 'The way to this app was changed while your request was under way. Try again.',
  'gateway.unknown_sign_in': 'This sign-in was begun in another browser or too long ago.',
  'gateway.wrong_issuer': 'This answer did not come from the server that you were sent to.',
  'gateway.sign_in_refused': 'You were not signed in.',
  'gateway.sign_in_failed': 'Your sign-in could not be completed.',
} as const

export type GatewayRefusalCode = keyof typeof says

/** Codes of this module with their public sentences. */
export const gatewayRefusals: Readonly<Record<GatewayRefusalCode, string>> = says

/** The gateway also refuses in the words of the server, where it means the same. */
export const refuse: Refuse<GatewayRefusalCode | HttpRefusalCode> = refusals({ ...httpRefusals, ...says })

const answers: Readonly<Record<GatewayRefusalCode, RefusalAnswer>> = {
  'gateway.ambiguous_target': { status: 400 },
  'gateway.ambiguous_head': { status: 400, headers: { connection: 'close' } },
  'gateway.bad_upgrade': { status: 400 },
  'gateway.not_signed_in': { status: 401 },
  'gateway.session_ended': { status: 401 },
  'gateway.denied': { status: 403 },
  'gateway.route_changed': { status: 503, headers: { 'retry-after': '1' } },
  'gateway.unknown_sign_in': { status: 400 },
  'gateway.wrong_issuer': { status: 400 },
  'gateway.sign_in_refused': { status: 403 },
  'gateway.sign_in_failed': { status: 400 },
}

export const gatewayRefusalAnswers: Readonly<Record<string, RefusalAnswer>> = { ...httpRefusalAnswers, ...answers }

/** A denial says what its policy says. */
export class Denial extends Refusal<'gateway.denied'> {
  readonly heading: string
  readonly decision: Decision

  constructor(sentence: string, heading: string, decision: Decision) {
    super('gateway.denied', sentence, decision.because)
    this.heading = heading
    this.decision = decision
  }
}
