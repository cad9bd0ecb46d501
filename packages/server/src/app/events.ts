/** What the whole records about itself. */
export const events = {
  'instance.restored':
    'The system was restored from a backup and began a new life: every token and session has ended, signing keys were replaced, and the facts say from when on events are lost.',
} as const
