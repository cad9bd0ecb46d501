/** What this edge writes into the record. @module */

export const events = {
  'client.created': 'A client was registered.',
  'client.changed': 'The registration of a client was changed.',
  'client.deleted': 'A client was deleted, and its tokens ended.',
  'client.secret_added': 'A client got a secret beside the one that it has.',
  'client.secret_removed': 'A secret of a client was removed, and the client’s tokens ended.',
  'consent.given': 'A person allowed a client what it asked for.',
  'consent.denied': 'A person did not allow a client what it asked for.',
  'consent.withdrawn': 'What a person had allowed a client was taken back, by them or for them, and what it was given ended.',
  'code.issued': 'A client got an authorization code for a person.',
  'grant.code_exchanged': 'An authorization code was exchanged for tokens.',
  'grant.code_replayed': 'An authorization code came a second time, so what the first exchange gave out was withdrawn.',
  'grant.client_credentials': 'A client got an access token for itself.',
} as const

export type OAuthEventName = keyof typeof events
