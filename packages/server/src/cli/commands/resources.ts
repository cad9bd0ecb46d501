/** Users, clients and sessions: the admin API at the command line. @module */

import { exitCodes, type Command, type Given, type Option } from '../command.ts'
import type { AdminApi } from '#app'
import { facts, moment, table } from '../print.ts'
import { reach, reachOptions } from '../reach.ts'

type Row = Readonly<Record<string, unknown>>

const limitOption: Option = { name: 'limit', kind: 'text', value: 'N', says: 'How many at most, 1 to 200.' }
const cursorOption: Option = { name: 'cursor', kind: 'text', value: 'CURSOR', says: 'Where an earlier page said that the next one begins.' }

/** What one kind of thing needs to be listed, read and deleted. */
interface Resource {
  readonly plural: string
  readonly singular: string
  readonly filters: readonly Option[]
  readonly headings: readonly string[]
  readonly row: (item: Row) => readonly string[]
}

const text = (value: unknown): string => {
  if (Array.isArray(value)) return value.join(', ')
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

const users: Resource = {
  plural: 'users',
  singular: 'user',
  filters: [{ name: 'prefix', kind: 'text', value: 'TEXT', says: 'Only user names that begin so; at least two letters.' }],
  headings: ['id', 'user name', 'name', 'state', 'roles'],
  row: (item) => [text(item['id']), text(item['username']), text(item['name']), text(item['state']), text(item['roles'])],
}

const clients: Resource = {
  plural: 'clients',
  singular: 'client',
  filters: [],
  headings: ['id', 'client_id', 'name', 'kind', 'grants'],
  row: (item) => [text(item['id']), text(item['clientId']), text(item['name']), text(item['kind']), text(item['grantTypes'])],
}

const sessions: Resource = {
  plural: 'sessions',
  singular: 'session',
  filters: [{ name: 'user', kind: 'text', value: 'ID', says: 'Only sessions of this user.' }],
  headings: ['id', 'user', 'device', 'began', 'ends'],
  row: (item) => [
    text(item['id']),
    text(item['username'] ?? item['user']),
    text(item['device']),
    moment(item['startedAtMs']),
    moment(item['endsAtMs']),
  ],
}

function query(given: Given, names: readonly string[]): string {
  const pairs = names.flatMap((name) => {
    const value = given.text(name)
    return value === undefined ? [] : [[name, value] as [string, string]]
  })
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`
}

function list({ plural, filters, headings, row }: Resource): Command {
  return {
    name: `${plural} list`,
    says: `Lists ${plural}.`,
    options: [...filters, limitOption, cursorOption, ...reachOptions],
    examples: [`countersign ${plural} list`, `countersign ${plural} list --limit 10 --json`],
    run: async (given) => {
      const page = (await reach(given).call(
        'GET',
        `/${plural}${query(given, [...filters.map(({ name }) => name), 'limit', 'cursor'])}`,
      )) as {
        readonly items: readonly Row[]
        readonly next?: string
      }
      given.print.result(page, () => table(headings, page.items.map(row)))
      if (page.next !== undefined && !given.print.json) given.print.note(`More: --cursor ${page.next}`)
      return exitCodes.done
    },
  }
}

function get({ plural, singular }: Resource): Command {
  return {
    name: `${plural} get`,
    says: `Shows a ${singular}.`,
    words: 'ID',
    leastWords: 1,
    options: reachOptions,
    examples: [`countersign ${plural} get ID`],
    run: async (given) => {
      const item = (await reach(given).call('GET', `/${plural}/${encodeURIComponent(given.words[0] ?? '')}`)) as Row
      given.print.result(item, () => shown(item))
      return exitCodes.done
    },
  }
}

function remove({ plural, singular }: Resource, verb: string, says: string): Command {
  return {
    name: `${plural} ${verb}`,
    says,
    words: 'ID',
    leastWords: 1,
    options: reachOptions,
    examples: [`countersign ${plural} ${verb} ID`],
    run: async (given) => {
      await reach(given).call('DELETE', `/${plural}/${encodeURIComponent(given.words[0] ?? '')}`)
      given.print.result({ done: true }, () => [`The ${singular} is gone.`])
      return exitCodes.done
    },
  }
}

function shown(item: Row): readonly string[] {
  return facts(Object.entries(item).map(([name, value]) => [name, name.endsWith('AtMs') ? moment(value) : text(value)]))
}

const createUser: Command = {
  name: 'users create',
  says: 'Creates a user. A password is read from standard input with --password-stdin; never from an option, where others could see it.',
  words: 'USERNAME',
  leastWords: 1,
  options: [
    { name: 'name', kind: 'text', value: 'NAME', says: 'The name that people see.' },
    { name: 'email', kind: 'text', value: 'ADDRESS', says: 'An email address.' },
    { name: 'role', kind: 'list', value: 'ROLE', says: 'A role; may be given several times.' },
    { name: 'password-stdin', kind: 'flag', says: 'Read the password from standard input.' },
    ...reachOptions,
  ],
  examples: ['countersign users create carol --name "Carol Danvers" --role editor --password-stdin < password.txt'],
  run: async (given) => {
    const password = given.flag('password-stdin') ? await given.readLine() : undefined
    const api = reach(given)
    const { id } = (await api.call('POST', '/users', {
      username: given.words[0],
      ...(given.text('name') === undefined ? {} : { name: given.text('name') }),
      ...(given.text('email') === undefined ? {} : { email: given.text('email') }),
      ...(password === undefined ? {} : { password }),
    })) as { readonly id: string }
    for (const role of given.list('role')) await api.call('PUT', `/users/${id}/roles/${encodeURIComponent(role)}`)
    const user = (await api.call('GET', `/users/${id}`)) as Row
    given.print.result(user, () => shown(user))
    return exitCodes.done
  },
}

const roleOptions: readonly Option[] = [
  { name: 'assign', kind: 'list', value: 'ROLE', says: 'Give this role; may be given several times.' },
  { name: 'withdraw', kind: 'list', value: 'ROLE', says: 'Take this role; may be given several times.' },
]

/** Gives and takes the roles that the options name. */
async function changeRoles(given: Given, api: AdminApi, path: string): Promise<void> {
  for (const role of given.list('assign')) await api.call('PUT', `${path}/roles/${encodeURIComponent(role)}`)
  for (const role of given.list('withdraw')) await api.call('DELETE', `${path}/roles/${encodeURIComponent(role)}`)
}

const updateUser: Command = {
  name: 'users update',
  says: 'Disables or enables a user, sets their password, gives or takes roles.',
  words: 'ID',
  leastWords: 1,
  options: [
    { name: 'state', kind: 'text', value: 'active|disabled', says: 'A disabled user cannot sign in, and every session of theirs ends.' },
    { name: 'password-stdin', kind: 'flag', says: 'Read a new password from standard input.' },
    ...roleOptions,
    ...reachOptions,
  ],
  examples: ['countersign users update ID --state disabled', 'countersign users update ID --assign editor --withdraw viewer'],
  run: async (given) => {
    const api = reach(given)
    const path = `/users/${encodeURIComponent(given.words[0] ?? '')}`
    const state = given.text('state')
    const password = given.flag('password-stdin') ? await given.readLine() : undefined
    if (state !== undefined || password !== undefined) {
      await api.call('PATCH', path, { ...(state === undefined ? {} : { state }), ...(password === undefined ? {} : { password }) })
    }
    await changeRoles(given, api, path)
    const user = (await api.call('GET', path)) as Row
    given.print.result(user, () => shown(user))
    return exitCodes.done
  },
}

const updateClient: Command = {
  name: 'clients update',
  says: 'Gives roles to a client or takes them, for what it does as itself.',
  words: 'ID',
  leastWords: 1,
  options: [...roleOptions, ...reachOptions],
  examples: ['countersign clients update ID --assign auditor'],
  run: async (given) => {
    const api = reach(given)
    const path = `/clients/${encodeURIComponent(given.words[0] ?? '')}`
    await changeRoles(given, api, path)
    const client = (await api.call('GET', path)) as Row
    given.print.result(client, () => shown(client))
    return exitCodes.done
  },
}

const createClient: Command = {
  name: 'clients create',
  says: 'Registers a client. Its secret is printed this once.',
  words: 'NAME',
  leastWords: 1,
  options: [
    { name: 'client-id', kind: 'text', value: 'TEXT', says: 'Its client_id; made up when absent.' },
    { name: 'public', kind: 'flag', says: 'It cannot keep a secret (a browser or a phone app).' },
    { name: 'redirect-uri', kind: 'list', value: 'URI', says: 'Where codes may be sent; may be given several times.' },
    {
      name: 'grant',
      kind: 'list',
      value: 'GRANT',
      says: 'authorization_code, refresh_token or client_credentials; may be given several times.',
    },
    { name: 'scope', kind: 'list', value: 'SCOPE', says: 'A scope that it may ask for; may be given several times.' },
    { name: 'audience', kind: 'list', value: 'URI', says: 'A resource that its tokens may name; may be given several times.' },
    ...reachOptions,
  ],
  examples: ['countersign clients create Ledger --redirect-uri https://ledger.example/cb --grant authorization_code --scope openid'],
  run: async (given) => {
    const grants = given.list('grant')
    const made = (await reach(given).call('POST', '/clients', {
      name: given.words[0],
      ...(given.text('client-id') === undefined ? {} : { clientId: given.text('client-id') }),
      kind: given.flag('public') ? 'public' : 'confidential',
      redirectUris: given.list('redirect-uri'),
      grantTypes: grants.length === 0 ? ['authorization_code', 'refresh_token'] : grants,
      scopes: given.list('scope'),
      audiences: given.list('audience'),
    })) as { readonly client: Row; readonly secret?: string }
    given.print.result(made, () => [...shown(made.client), ...(made.secret === undefined ? [] : ['', `secret  ${made.secret}`])])
    return exitCodes.done
  },
}

export const resourceCommands: readonly Command[] = [
  list(users),
  get(users),
  createUser,
  updateUser,
  remove(users, 'delete', 'Deletes a user and destroys the key of their data.'),
  list(clients),
  get(clients),
  createClient,
  updateClient,
  remove(clients, 'delete', 'Deletes a client. Its tokens die with it.'),
  list(sessions),
  remove(sessions, 'end', 'Ends a session. Returns when nothing accepts it any more.'),
]
