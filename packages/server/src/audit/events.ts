/** What the record says about itself and about strangers. */
export const events = {
  'access.allowed': 'A policy decision allowed a request to our own APIs.',
  'audit.exported': 'The whole log, all from an event on, or what covers a time was given out; names and addresses in it stay sealed.',
  'audit.gap_found': 'Numbers are missing in a stream of events: somebody removed events before they were in the tree.',
  'audit.tree_broken': 'The stored tree does not lead to the latest checkpoint; nothing is added to it until it does.',
  'audit.unreadable': 'The stored bytes of an event cannot be read any more; a verification says more. Only listed, never recorded.',
  'audit.verified': 'The whole log was verified; the facts say what was found.',
  'request.refused': 'An authenticated caller was refused.',
  'stranger.refused': 'Strangers were refused for one reason: how often, from how many networks, and from which most.',
} as const
