/** What clients were given for people. @module */

import { moment } from '../print.ts'
import { clientNaming, userNaming } from './naming.ts'
import { member, text, type Resource } from './resource.ts'

export const tokens: Resource = {
  plural: 'tokens',
  singular: 'grant',
  lists: 'Lists live grants, newest first: what clients hold for people. No token is shown; the server knows none.',
  columns: [
    ['id', member('id')],
    ['client', (item) => text(item['clientId'] ?? item['client'])],
    ['user', (item) => text(item['username'] ?? item['user'])],
    ['scopes', member('scopes')],
    ['began', (item) => moment(item['startedAtMs'])],
    ['last used', (item) => moment(item['lastUsedAtMs'])],
    ['ends', (item) => moment(item['idleUntilMs'] ?? item['endsAtMs'])],
  ],
  filters: [
    { name: 'user', kind: 'text', value: 'ID|USERNAME', says: 'Only those of this user.', naming: userNaming },
    { name: 'client', kind: 'text', value: 'ID|CLIENT_ID', says: 'Only those of this client.', naming: clientNaming },
  ],
  get: true,
  remove: { verb: 'end', says: 'Ends a grant: its refresh token and its access tokens. Returns when nothing accepts them any more.' },
}
