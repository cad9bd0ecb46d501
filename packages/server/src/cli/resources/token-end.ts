/** The end of everything that somebody was given. @module */

import { exitCodes, type Command } from '../command.ts'
import { UsageMistake } from '../options.ts'
import { reach, reachOptions } from '../reach.ts'
import { clientNaming, requireId, userNaming } from './naming.ts'

const endAll: Command = {
  name: 'tokens end-all',
  says: 'Ends every grant of a user, or of a client with the tokens that it has as itself. Returns when nothing accepts them any more.',
  options: [
    { name: 'user', kind: 'text', value: 'ID|USERNAME', says: 'What clients hold for this user. Their sessions stay.' },
    { name: 'client', kind: 'text', value: 'ID|CLIENT_ID', says: 'What this client holds for anybody and for itself.' },
    ...reachOptions,
  ],
  examples: ['countersign tokens end-all --user carol', 'countersign tokens end-all --client phone'],
  run: async (given) => {
    const [user, client] = [given.text('user'), given.text('client')]
    if ((user === undefined) === (client === undefined)) throw new UsageMistake('tokens end-all needs either --user or --client')
    const api = reach(given)
    const naming = user === undefined ? clientNaming : userNaming
    const id = await requireId(api, naming, user ?? client ?? '')
    const answer = (await api.call('DELETE', `/${naming.plural}/${encodeURIComponent(id)}/tokens`)) as { readonly ended: number }
    given.print.result(answer, () => [answer.ended === 1 ? '1 grant ended.' : `${answer.ended} grants ended.`])
    return exitCodes.done
  },
}

export const tokenCommands: readonly Command[] = [endAll]
