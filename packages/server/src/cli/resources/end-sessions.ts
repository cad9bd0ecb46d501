/** All sessions of somebody at once. @module */

import { exitCodes, type Command } from '../command.ts'
import { reach, reachOptions } from '../reach.ts'
import { requireId, userNaming } from './naming.ts'

export const endSessions: Command = {
  name: 'users sign-out',
  says: 'Ends every session of a user, with their tokens. Returns when nothing accepts them any more.',
  words: `ID|${userNaming.shown}`,
  leastWords: 1,
  options: reachOptions,
  examples: ['countersign users sign-out carol'],
  run: async (given) => {
    const api = reach(given)
    const id = await requireId(api, userNaming, given.words[0] ?? '')
    const { ended } = (await api.call('DELETE', `/users/${encodeURIComponent(id)}/sessions`)) as { readonly ended: number }
    given.print.result({ ended }, () => [ended === 1 ? '1 session has ended.' : `${ended} sessions have ended.`])
    return exitCodes.done
  },
}
