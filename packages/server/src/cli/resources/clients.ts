/** Clients: the programs that people sign in to, and those that act for themselves. @module */

import { clientNaming } from './naming.ts'
import { counted, member, rolesOf, text, type Field, type Resource } from './resource.ts'

/** What may be said when one is made and when it is changed. */
const registration: readonly Field[] = [
  { option: 'redirect-uri', member: 'redirectUris', kind: 'list', value: 'URI', says: 'Where codes may be sent.' },
  {
    option: 'post-logout-redirect-uri',
    member: 'postLogoutRedirectUris',
    kind: 'list',
    value: 'URI',
    says: 'Where the browser may go after a sign-out.',
  },
  {
    option: 'grant',
    member: 'grantTypes',
    kind: 'list',
    value: 'authorization_code|refresh_token|client_credentials',
    says: 'How it gets tokens.',
  },
  { option: 'scope', member: 'scopes', kind: 'list', value: 'SCOPE', says: 'A scope that it may ask for.' },
  { option: 'audience', member: 'audiences', kind: 'list', value: 'URI', says: 'A resource that its tokens may name.' },
  {
    option: 'introspect',
    member: 'introspects',
    kind: 'list',
    value: 'URI',
    says: 'A resource that it serves: it may ask about tokens for it.',
  },
  {
    option: 'access-token-seconds',
    member: 'accessTokenSeconds',
    kind: 'number',
    value: 'N',
    says: 'How long an access token lasts, 1 to 86400 seconds.',
  },
  {
    option: 'jwks',
    member: 'jwks',
    kind: 'keys',
    value: 'FILE',
    says: 'Its public keys (a JWK or a JWK Set), by which it proves itself instead of a secret.',
    optional: true,
  },
  {
    option: 'jwks-uri',
    member: 'jwksUri',
    kind: 'text',
    value: 'URI',
    says: 'Where it publishes its public keys, instead of --jwks.',
    optional: true,
  },
  ...['subject-dn', 'san-dns', 'san-uri', 'san-ip', 'san-email'].map((name): Field => ({
    option: `tls-client-auth-${name}`,
    member: `tlsClientAuth${name.replaceAll(/(?:^|-)([a-z])/g, (_all, letter: string) => letter.toUpperCase())}`,
    kind: 'text',
    value: 'NAME',
    says: 'The name in its certificate that it is known by: one of the five, with tls_client_auth.',
    optional: true,
  })),
  {
    option: 'token-endpoint-auth-method',
    member: 'tokenEndpointAuthMethod',
    kind: 'text',
    value: 'METHOD',
    says:
      'How it proves itself, of what its keys or its secret allow: client_secret_basic, client_secret_post, client_secret_jwt, ' +
      'private_key_jwt, tls_client_auth or self_signed_tls_client_auth.',
    optional: true,
  },
]

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
  naming: clientNaming,
  example: 'ledger',
  get: true,
  create: {
    says: 'Registers a client. Its secret is printed this once.',
    word: { shown: 'NAME', member: 'name' },
    fields: [
      { option: 'client-id', member: 'clientId', kind: 'text', value: 'TEXT', says: 'Its client_id; made up when absent.' },
      ...registration,
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
    says: 'Changes what a client is registered for, or gives and takes roles for what it does as itself. What is taken away ends its tokens.',
    fields: [{ option: 'name', member: 'name', kind: 'text', value: 'NAME', says: 'Another name.' }, ...registration],
    roles: true,
    examples: [
      'countersign clients update ledger --add-redirect-uri https://ledger.example/new --remove-redirect-uri https://ledger.example/old',
      'countersign clients update ledger --scope openid --scope profile',
      'countersign clients update ledger --jwks public.jwk',
      'countersign clients update ledger --assign auditor',
    ],
  },
  remove: {
    verb: 'delete',
    says: 'Deletes a client. Its tokens die with it. Says first what goes with it, and asks.',
    breaks: (impact) => [
      'Every token that it was given dies, and nobody can sign in to it any more.',
      ...counted('Sign-ins of people to it, of which every token ends', impact, 'tokenFamilies'),
      ...counted('People whose consent is forgotten', impact, 'consents'),
      ...rolesOf(impact),
      ...(text(impact['redirectUris']) === '' ? [] : [`People come back to: ${text(impact['redirectUris'])}.`]),
      ...(impact['declaredBy'] === undefined ? [] : [`It is declared elsewhere: ${text(impact['declaredBy']).replace('_', ' ')}.`]),
    ],
  },
}
