/** What this module records, and what each name means. */
export const events = {
  'policies.activated': 'A policy set became the one that decides; `digest` names it.',
  'policies.keeper_changed': 'A policy store is kept by whoever activates sets over the API from now on, or by its folder again.',
  'policies.disagreed':
    'Two engines answered differently by a policy set: one that was to be activated is not, and one that a start found decides nothing any more.',
  'policies.doubted':
    'Cedar’s own build answered a request otherwise than this engine; until another set is activated, both must allow in that process.',
  'policies.refused': 'A policy store was read again and had mistakes; the set that decided before still does.',
} as const
