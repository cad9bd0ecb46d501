/** Secrets of a client: a second one beside the first, so that one replaces the other without an outage. @module */

import type { AdminApi } from '#remote'
import { exitCodes, type Command } from '../command.ts'
import { facts, moment, table } from '../print.ts'
import { reach, reachOptions } from '../reach.ts'
import { confirmed } from './change.ts'
import { clientNaming, requireId } from './naming.ts'
import { text, type Row } from './resource.ts'

/** Where the secrets of a client are, by its id or client_id. */
async function findPath(api: AdminApi, client = ''): Promise<string> {
  return `/clients/${encodeURIComponent(await requireId(api, clientNaming, client))}/secrets`
}

const list: Command = {
  name: 'clients secrets list',
  says: 'Lists the secrets of a client by number and age. What they are nobody can see again.',
  words: 'CLIENT',
  leastWords: 1,
  options: reachOptions,
  examples: ['countersign clients secrets list ledger'],
  run: async (given) => {
    const api = reach(given)
    const page = (await api.call('GET', await findPath(api, given.words[0]))) as { readonly items: readonly Row[] }
    given.print.result(page, () =>
      table(
        ['number', 'made'],
        page.items.map((item) => [text(item['number']), moment(item['createdAtMs'])]),
      ),
    )
    return exitCodes.done
  },
}

const add: Command = {
  name: 'clients secrets add',
  says: 'Makes a second secret beside the first, and prints it this once.',
  words: 'CLIENT',
  leastWords: 1,
  options: reachOptions,
  examples: ['countersign clients secrets add ledger', 'countersign clients secrets add ledger --json'],
  run: async (given) => {
    const api = reach(given)
    const made = (await api.call('POST', await findPath(api, given.words[0]))) as Row
    given.print.result(made, () =>
      facts([
        ['number', text(made['number'])],
        ['secret', text(made['secret'])],
      ]),
    )
    if (!given.print.json) given.print.note('It is not shown again. Remove the one before it when nothing uses that any more.')
    return exitCodes.done
  },
}

const remove: Command = {
  name: 'clients secrets remove',
  says: 'Removes a secret. The tokens of the client end with it, so it asks.',
  words: 'CLIENT NUMBER',
  leastWords: 2,
  options: [{ name: 'yes', kind: 'flag', says: 'Do not ask.' }, ...reachOptions],
  examples: ['countersign clients secrets remove ledger 1', 'countersign clients secrets remove ledger 1 --yes'],
  run: async (given) => {
    const [client = '', number = ''] = given.words
    const api = reach(given)
    const path = await findPath(api, client)
    const isAgreed = await confirmed(given, () => [
      `This removes secret ${number} of the client ${client} at ${api.at}.`,
      'Whoever proves themself by it is refused, and every token of the client ends.',
    ])
    if (!isAgreed) return exitCodes.refused
    await api.call('DELETE', `${path}/${encodeURIComponent(number)}`)
    given.print.result({ done: true }, () => [`Secret ${number} is gone.`])
    return exitCodes.done
  },
}

export const clientSecretCommands: readonly Command[] = [list, add, remove]
