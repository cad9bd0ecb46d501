/** What this module records, and what each name means. */
export const events = {
  'route.created': 'The gateways began to guard an app under an origin, as somebody said over the admin API.',
  'route.changed': 'A route to an app was changed; what was open there ended.',
  'route.deleted': 'The gateways stopped serving an origin; what was open there ended, and the client that signed people in there is gone.',
} as const
