/** What this module records, and what each name means. */
export const events = {
  'policies.activated': 'A policy set became the one that decides; `digest` names it.',
  'policies.refused': 'A policy store was read again and had mistakes; the set that decided before still does.',
} as const
