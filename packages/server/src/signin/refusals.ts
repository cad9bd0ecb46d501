import type { RefusalAnswer } from '#http'
import type { SessionRefusalCode } from '#sessions'

/**
 * What these pages say no with. They are answered as pages of our own, with the
 * form to try again, so they are counted by these codes and not thrown.
 */
export const signinRefusals = {
  'signin.not_together': 'That name and password do not go together. Check both.',
  'signin.too_many_attempts': 'There were too many attempts. Wait, then try again.',
  'signin.state_lost': 'This sign-in took too long. Go back to the app that you came from and start again.',
} as const

export type SigninRefusalCode = keyof typeof signinRefusals

/** Refusals that the modules behind these pages throw, and how this edge answers them. */
type Thrown = SessionRefusalCode | 'authorize.state_not_valid'

export const answers: Readonly<Record<Thrown, RefusalAnswer>> = {
  'session.account_changed': { status: 409 },
  'session.bad_cursor': { status: 400 },
  'authorize.state_not_valid': { status: 400 },
}
