/** What this module records. Key ids and purposes are public; no event holds a key. */
export const events = {
  'keys.made': 'Keys were made for purposes that had none.',
  'key.rotated': 'A planned rotation made a new key active.',
} as const
