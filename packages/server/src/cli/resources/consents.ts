/** What people allowed clients. @module */

import { moment } from '../print.ts'
import { clientNaming, userNaming } from './naming.ts'
import { member, text, type Resource } from './resource.ts'

export const consents: Resource = {
  plural: 'consents',
  singular: 'consent',
  lists: 'Lists what people allowed clients, newest first.',
  columns: [
    ['id', member('id')],
    ['client', (item) => text(item['clientId'] ?? item['client'])],
    ['user', (item) => text(item['username'] ?? item['user'])],
    ['scopes', member('scopes')],
    ['given', (item) => moment(item['givenAtMs'])],
  ],
  filters: [
    { name: 'user', kind: 'text', value: 'ID|USERNAME', says: 'Only what this user allowed.', naming: userNaming },
    { name: 'client', kind: 'text', value: 'ID|CLIENT_ID', says: 'Only what this client was allowed.', naming: clientNaming },
  ],
  get: true,
  remove: {
    verb: 'withdraw',
    says: 'Takes a consent back, and ends what the client was given for the person, who is asked again. Returns when nothing accepts it any more.',
  },
}
