/** What this module records, and what each name means. Failed sign-ins are counted and not recorded: a stranger must not be able to write rows. */
export const events = {
  'signin.succeeded': 'A person proved who they are; `method` says how. A session began in the same write.',
} as const
