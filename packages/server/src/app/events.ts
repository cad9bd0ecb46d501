/** What the whole records about itself. */
export const events = {
  'instance.restored':
    'The system was restored from a backup and began a new life: every token and session has ended, signing keys were replaced, and the facts say from when on events are lost.',
  'backup.made':
    'A backup was made and is whole, by whoever the event names; the facts say what it holds, the name of its folder, and whether its keys lie beside it.',
} as const
