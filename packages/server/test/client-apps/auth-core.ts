/** An app that signs people in by `@auth/core` alone: its `Auth` on a bare server, its cookies, its pages. @module */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { Auth, type AuthConfig } from '@auth/core'
import { listen, readSettings } from './settings.ts'

const { issuer, port, client_id, client_secret = '' } = await readSettings()
const origin = `http://localhost:${port}`
/** What the library said last of an answer that it refused. */
let refused = ''

const config: Omit<AuthConfig, 'raw'> = {
  basePath: '/auth',
  secret: 'only this process knows it, and not for long',
  trustHost: true,
  providers: [
    {
      id: 'countersign',
      name: 'Countersign',
      type: 'oidc',
      issuer,
      clientId: client_id,
      clientSecret: client_secret,
      checks: ['pkce', 'state', 'nonce'],
      authorization: { params: { scope: 'openid profile email' } },
      idToken: false, // who it is comes from UserInfo
      profile: ({ sub, name, email }: Record<'sub' | 'name' | 'email', string>) => ({ id: sub, name, email }),
    },
  ],
  callbacks: {
    jwt: ({ token, account }) => (account === null ? token : { ...token, ...account }),
    session: ({ session, token }) => ({ ...session, subject: token['providerAccountId'], idToken: token['id_token'] }),
    redirect: ({ url, baseUrl }) => (url.startsWith(`${issuer}/logout?`) ? url : baseUrl),
  },
  logger: { error: (error) => (refused = `${error.name} ${String((error.cause as { readonly err?: Error } | undefined)?.err?.message)}`) },
}

async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { method = 'GET', url = '/', headers } = incoming
  if (url === '/refused') return void outgoing.end(refused)
  const sent = { 'content-type': headers['content-type'] ?? '', cookie: headers.cookie ?? '' }
  const body = method === 'POST' ? { body: await buffer(incoming) } : {}
  const given = await Auth(new Request(`${origin}${url}`, { method, headers: sent, ...body }), config)
  outgoing.writeHead(given.status, [...given.headers].flat()).end(await given.text())
}

listen(
  createServer((incoming, outgoing) => void answer(incoming, outgoing)),
  port,
)
