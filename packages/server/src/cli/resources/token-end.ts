/** The end of everything that somebody was given. @module */

import { exitCodes, type Command } from '../command.ts'
import { UsageMistake } from '../options.ts'
import { reach, reachOptions } from '../reach.ts'

const endAll: Command = {
  name: 'tokens end-all',
  says: 'Ends every grant of a user, or of a client with the tokens that it has as itself. Returns when nothing accepts them any more.',
  options: [
    { name: 'user', kind: 'text', value: 'ID', says: 'What clients hold for this user. Their sessions stay.' },
    { name: 'client', kind: 'text', value: 'ID', says: 'What this client holds for anybody and for itself.' },
    ...reachOptions,
  ],
  examples: ['countersign tokens end-all --user ID', 'countersign tokens end-all --client ID'],
  run: async (given) => {
    const [user, client] = [given.text('user'), given.text('client')]
    if ((user === undefined) === (client === undefined)) throw new UsageMistake('tokens end-all needs either --user or --client')
    const path = user === undefined ? `/clients/${encodeURIComponent(client ?? '')}` : `/users/${encodeURIComponent(user)}`
    const answer = (await reach(given).call('DELETE', `${path}/tokens`)) as { readonly ended: number }
    given.print.result(answer, () => [answer.ended === 1 ? '1 grant ended.' : `${answer.ended} grants ended.`])
    return exitCodes.done
  },
}

export const tokenCommands: readonly Command[] = [endAll]
