/** People. @module */

import { userNaming } from './naming.ts'
import { counted, member, rolesOf, text, type Resource } from './resource.ts'

export const users: Resource = {
  plural: 'users',
  singular: 'user',
  columns: [
    ['id', member('id')],
    ['user name', member('username')],
    ['name', member('name')],
    ['state', member('state')],
    ['roles', member('roles')],
  ],
  filters: [
    { name: 'prefix', kind: 'text', value: 'TEXT', says: 'Only user names that begin so; at least two letters.' },
    { name: 'state', kind: 'text', value: 'active|disabled', says: 'Only users of this state.' },
    { name: 'role', kind: 'text', value: 'ROLE', says: 'Only users who hold this role, directly or through a group.' },
  ],
  naming: userNaming,
  example: 'carol',
  get: true,
  create: {
    says: 'Creates a user. A password is read from standard input with --password-stdin; never from an option, where others could see it.',
    word: { shown: 'USERNAME', member: 'username' },
    fields: [
      { option: 'name', member: 'name', kind: 'text', value: 'NAME', says: 'The name that people see.' },
      { option: 'email', member: 'email', kind: 'text', value: 'ADDRESS', says: 'An email address.' },
      { option: 'phone', member: 'phoneNumber', kind: 'text', value: 'NUMBER', says: 'A telephone number: + and the country first.' },
      { option: 'password', member: 'password', kind: 'secret', says: 'Read the password from standard input.' },
    ],
    roles: true,
    examples: ['countersign users create carol --name "Carol Danvers" --role editor --password-stdin < password.txt'],
  },
  update: {
    says: 'Changes names, state or password of a user, gives or takes roles.',
    fields: [
      { option: 'username', member: 'username', kind: 'text', value: 'USERNAME', says: 'Another user name; the one of before is free.' },
      { option: 'name', member: 'name', kind: 'text', value: 'NAME', says: 'The name that people see.', optional: true },
      {
        option: 'email',
        member: 'email',
        kind: 'text',
        value: 'ADDRESS',
        says: 'Another email address, of which nobody has made sure.',
        optional: true,
      },
      {
        option: 'phone',
        member: 'phoneNumber',
        kind: 'text',
        value: 'NUMBER',
        says: 'Another telephone number, of which nobody has made sure.',
        optional: true,
      },
      {
        option: 'state',
        member: 'state',
        kind: 'text',
        value: 'active|disabled',
        says: 'A disabled user cannot sign in, and every session of theirs ends.',
      },
      { option: 'password', member: 'password', kind: 'secret', says: 'Read a new password from standard input.' },
    ],
    roles: true,
    examples: [
      'countersign users update carol --name "Carol Danvers" --no-email',
      'countersign users update carol --state disabled',
      'countersign users update carol --assign editor --withdraw viewer',
    ],
  },
  remove: {
    verb: 'delete',
    says: 'Deletes a user and destroys the key of their data. Says first what goes with them, and asks.',
    breaks: (impact) => [
      ...counted('Live sessions of theirs that end, with every token', impact, 'sessions'),
      ...counted('Sign-ins of theirs to apps, of which every token ends', impact, 'tokenFamilies'),
      ...rolesOf(impact),
      ...(impact['groups'] === 0 ? [] : [`Groups that they leave: ${text(impact['groups'])}.`]),
      'The key of their data is destroyed: no backup brings back what is sealed under it.',
    ],
  },
}
