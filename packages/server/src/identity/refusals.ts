import { refusals, type Refuse } from '#kernel'
import { passwordRefusals } from './password/rules.ts'

const says = {
  'identity.unknown_user': 'There is no such user.',
  'identity.unknown_group': 'There is no such group.',
  'identity.bad_username':
    'A user name has 1 to 64 letters, digits, dots, dashes, underscores or plus signs, and begins and ends with a letter or digit.',
  'identity.bad_email': 'That is not an email address.',
  'identity.bad_name': 'That name is too long or holds a character that cannot be used.',
  'identity.bad_phone_number': 'A telephone number begins with + and the country, like +1 425 555 1212.',
  'identity.bad_address': 'An address has at least one member, and none that is too long or holds a character that cannot be used.',
  'identity.bad_role': 'A role is named by up to 63 lower case letters, digits and dashes, beginning with a letter.',
  'identity.user_changed': 'Somebody changed this user since you read it. Read it again.',
  'identity.group_changed': 'Somebody changed this group since you read it. Read it again.',
  'identity.username_taken': 'That user name is taken.',
  'identity.email_taken': 'That email address belongs to another user.',
  'identity.group_taken': 'There is a group with that name already.',
  'identity.too_many': 'That would be more groups or roles than one holder may have.',
  'identity.last_holder': 'Nobody else could do what this person may. Give somebody else the role first.',
  'identity.bad_prefix': 'A search needs at least 2 characters.',
  'identity.bad_cursor': 'That page of the list cannot be read. Begin again with the first one.',
} as const

export type IdentityRefusalCode = keyof typeof says | keyof typeof passwordRefusals

/** Codes of this module with their public sentences. */
export const identityRefusals: Readonly<Record<IdentityRefusalCode, string>> = { ...says, ...passwordRefusals }

export const refuse: Refuse<keyof typeof says> = refusals(says)
