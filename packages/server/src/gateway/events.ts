/** What the gateway records. It is also all that the server accepts from it. */
export const events = {
  'gateway.signed_in': 'A person who signed in began to use an app.',
  'gateway.signed_out': 'A person signed out from an app.',
  'gateway.allowed': 'A request to an app was allowed and forwarded.',
  'gateway.refused': 'A request of a known person to an app was refused.',
  'gateway.doubted':
    'Cedar’s own build answered a request to an app otherwise than this engine; until another set is activated, both must allow.',
  'gateway.cut': 'An open connection to an app was cut because access was taken away.',
} as const

export type GatewayEventName = keyof typeof events
