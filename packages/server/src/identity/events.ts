/** What this module records, and what each name means. */
export const events = {
  'user.created': 'A user was created.',
  'user.changed': 'User name, name or email address of a user were changed; `members` names everything that the change changed.',
  'user.disabled': 'A user was disabled; everything given out to them before has ended.',
  'user.enabled': 'A user may sign in again.',
  'user.deleted': 'A user was deleted and the key of their personal data destroyed.',
  'password.set': 'The password of a user was set; everything given out to them before has ended.',
  'password.rehashed': 'The password of a user was hashed anew with the present parameters, at a sign-in.',
  'group.created': 'A group was created.',
  'group.renamed': 'A group was given another name.',
  'group.deleted': 'A group was deleted.',
  'group.joined': 'A user was added to a group.',
  'group.left': 'A user was taken out of a group.',
  'role.assigned': 'A role was given to a user, a group or a client.',
  'role.withdrawn': 'A role was taken from a user, a group or a client.',
} as const
