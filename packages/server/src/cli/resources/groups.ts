/** Groups: what is given to several people at once. @module */

import { groupNaming } from './naming.ts'
import { counted, member, rolesOf, type Resource } from './resource.ts'

const name = { option: 'name', member: 'name', kind: 'text', value: 'NAME', says: 'Another name.' } as const

export const groups: Resource = {
  plural: 'groups',
  singular: 'group',
  columns: [
    ['id', member('id')],
    ['name', member('name')],
    ['roles', member('roles')],
  ],
  filters: [{ name: 'prefix', kind: 'text', value: 'TEXT', says: 'Only groups whose name begins so.' }],
  naming: groupNaming,
  example: 'Accounting',
  get: true,
  create: {
    says: 'Creates a group. Its roles are held by everybody who is put into it.',
    word: { shown: 'NAME', member: 'name' },
    fields: [],
    roles: true,
    examples: ['countersign groups create Accounting', 'countersign groups create Accounting --role auditor'],
  },
  update: {
    says: 'Gives a group another name, or gives and takes the roles that its members hold through it.',
    fields: [name],
    roles: true,
    examples: [
      'countersign groups update Accounting --name "Accounting, Berlin"',
      'countersign groups update Accounting --assign auditor --withdraw helpdesk',
    ],
  },
  remove: {
    verb: 'delete',
    says: 'Deletes a group, and not its members. Says first what goes with it, and asks.',
    breaks: (impact) => [
      ...counted('Members who lose what they held through it, from the next request on', impact, 'members'),
      ...rolesOf(impact),
    ],
  },
}
