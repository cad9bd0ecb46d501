/** What this module records. */
export const events = {
  'setup.link_issued': 'A one-time link for the first administrator was made.',
  'setup.finished': 'The first administrator was made with the one-time link.',
} as const
