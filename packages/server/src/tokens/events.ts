/** What this module writes into the record. @module */

export const events = {
  'family.started': 'An authorization began: a client holds tokens of a person.',
  'family.ended': 'An authorization ended: its refresh token and its access tokens are dead.',
  'family.rotated': 'A refresh token was used and replaced by its successor.',
  'family.kept': 'A refresh token was used and stays what it is: what its client is given is bound to a key.',
  'family.repeated': 'A refresh token that had just been used came again from the same client and got the same successor.',
  'family.reused': 'A used refresh token came again. It may have been stolen, so the whole family ended.',
  'token.revoked': 'An access token was revoked before its time.',
} as const

export type TokenEventName = keyof typeof events
