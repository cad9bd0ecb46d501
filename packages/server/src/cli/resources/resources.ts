/** Everything that is administered, one object each. @module */

import { ApiRefusal, type AdminApi } from '#app'
import type { Command } from '../command.ts'
import { moment } from '../print.ts'
import { commandsOf } from './commands.ts'
import { text, type Resource, type Row } from './resource.ts'

const member =
  (name: string) =>
  (item: Row): string =>
    text(item[name])

/** How many sessions a person has, in words; somebody who may delete may be one who may not look. */
async function sessionsOf(api: AdminApi, user: string): Promise<string> {
  try {
    const { items, next } = (await api.call('GET', `/sessions?user=${encodeURIComponent(user)}&limit=200`)) as {
      items: readonly Row[]
      next?: string
    }
    const count = `${items.length}${next === undefined ? '' : ' and more'}`
    return `Live sessions of theirs that end, with every token: ${count}.`
  } catch (error) {
    if (error instanceof ApiRefusal) return 'Every session and token of theirs ends.'
    throw error
  }
}

const rolesOf = (item: Row): readonly string[] =>
  text(item['roles']) === '' ? [] : [`Roles that are held by one less: ${text(item['roles'])}.`]

const users: Resource = {
  plural: 'users',
  singular: 'user',
  columns: [
    ['id', member('id')],
    ['user name', member('username')],
    ['name', member('name')],
    ['state', member('state')],
    ['roles', member('roles')],
  ],
  filters: [{ name: 'prefix', kind: 'text', value: 'TEXT', says: 'Only user names that begin so; at least two letters.' }],
  get: true,
  create: {
    says: 'Creates a user. A password is read from standard input with --password-stdin; never from an option, where others could see it.',
    word: { shown: 'USERNAME', member: 'username' },
    fields: [
      { option: 'name', member: 'name', kind: 'text', value: 'NAME', says: 'The name that people see.' },
      { option: 'email', member: 'email', kind: 'text', value: 'ADDRESS', says: 'An email address.' },
      { option: 'password', member: 'password', kind: 'secret', says: 'Read the password from standard input.' },
    ],
    roles: true,
    examples: ['countersign users create carol --name "Carol Danvers" --role editor --password-stdin < password.txt'],
  },
  update: {
    says: 'Disables or enables a user, sets their password, gives or takes roles.',
    fields: [
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
    examples: ['countersign users update ID --state disabled', 'countersign users update ID --assign editor --withdraw viewer'],
  },
  remove: {
    verb: 'delete',
    says: 'Deletes a user and destroys the key of their data. Says first what goes with them, and asks.',
    breaks: async (api, item) => [
      await sessionsOf(api, text(item['id'])),
      ...rolesOf(item),
      'The key of their data is destroyed: no backup brings back what is sealed under it.',
    ],
  },
}

const clients: Resource = {
  plural: 'clients',
  singular: 'client',
  columns: [
    ['id', member('id')],
    ['client_id', member('clientId')],
    ['name', member('name')],
    ['kind', member('kind')],
    ['grants', member('grantTypes')],
  ],
  filters: [],
  get: true,
  create: {
    says: 'Registers a client. Its secret is printed this once.',
    word: { shown: 'NAME', member: 'name' },
    fields: [
      { option: 'client-id', member: 'clientId', kind: 'text', value: 'TEXT', says: 'Its client_id; made up when absent.' },
      { option: 'redirect-uri', member: 'redirectUris', kind: 'list', value: 'URI', says: 'Where codes may be sent.' },
      {
        option: 'grant',
        member: 'grantTypes',
        kind: 'list',
        value: 'GRANT',
        says: 'authorization_code, refresh_token or client_credentials.',
      },
      { option: 'scope', member: 'scopes', kind: 'list', value: 'SCOPE', says: 'A scope that it may ask for.' },
      { option: 'audience', member: 'audiences', kind: 'list', value: 'URI', says: 'A resource that its tokens may name.' },
    ],
    flags: [{ name: 'public', kind: 'flag', says: 'It cannot keep a secret (a browser or a phone app).' }],
    more: (flag, body) => ({
      kind: flag('public') ? 'public' : 'confidential',
      grantTypes: body['grantTypes'] ?? ['authorization_code', 'refresh_token'],
    }),
    inside: 'client',
    examples: ['countersign clients create Ledger --redirect-uri https://ledger.example/cb --grant authorization_code --scope openid'],
  },
  update: {
    says: 'Gives roles to a client or takes them, for what it does as itself.',
    fields: [],
    roles: true,
    examples: ['countersign clients update ID --assign auditor'],
  },
  remove: {
    verb: 'delete',
    says: 'Deletes a client. Its tokens die with it. Says first what goes with it, and asks.',
    breaks: async (_api, item) =>
      Promise.resolve([
        'Every token that it was given dies, and nobody can sign in to it any more.',
        ...rolesOf(item),
        ...(text(item['redirectUris']) === '' ? [] : [`People come back to: ${text(item['redirectUris'])}.`]),
      ]),
  },
}

const sessions: Resource = {
  plural: 'sessions',
  singular: 'session',
  columns: [
    ['id', member('id')],
    ['user', (item) => text(item['username'] ?? item['user'])],
    ['device', member('device')],
    ['began', (item) => moment(item['startedAtMs'])],
    ['ends', (item) => moment(item['endsAtMs'])],
  ],
  filters: [{ name: 'user', kind: 'text', value: 'ID', says: 'Only sessions of this user.' }],
  remove: { verb: 'end', says: 'Ends a session. Returns when nothing accepts it any more.' },
}

export const resources: readonly Resource[] = [users, clients, sessions]

export const resourceCommands: readonly Command[] = resources.flatMap(commandsOf)
