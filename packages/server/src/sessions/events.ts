/** What this module records, and what each name means. */
export const events = {
  'session.started': 'A person signed in and a session began.',
  'session.ended': 'A session ended; `why` says by what.',
} as const
