/** Clients: the programs that people sign in to, and those that act for themselves. @module */

import { member, rolesOf, text, type Resource } from './resource.ts'

export const clients: Resource = {
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
