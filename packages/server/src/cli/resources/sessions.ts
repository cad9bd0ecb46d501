/** Sessions. @module */

import { moment } from '../print.ts'
import { userNaming } from './naming.ts'
import { member, text, type Resource } from './resource.ts'

export const sessions: Resource = {
  plural: 'sessions',
  singular: 'session',
  columns: [
    ['id', member('id')],
    ['user', (item) => text(item['username'] ?? item['user'])],
    ['device', member('device')],
    ['began', (item) => moment(item['startedAtMs'])],
    ['ends', (item) => moment(item['endsAtMs'])],
  ],
  filters: [{ name: 'user', kind: 'text', value: 'ID|USERNAME', says: 'Only sessions of this user.', naming: userNaming }],
  get: true,
  remove: { verb: 'end', says: 'Ends a session. Returns when nothing accepts it any more.' },
}
