/** What a server was started with. It is changed in its file. @module */

import { member, type Resource } from './resource.ts'

export const settings: Resource = {
  plural: 'settings',
  singular: 'setting',
  lists: 'Lists what the server was started with. What is absent has its default; secrets are not shown.',
  columns: [
    ['setting', member('setting')],
    ['value', member('value')],
  ],
  filters: [{ name: 'prefix', kind: 'text', value: 'TEXT', says: 'Only settings that begin so, for instance listen.' }],
}
