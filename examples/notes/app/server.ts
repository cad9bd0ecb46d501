/**
 * The app's endpoints, all of them behind the gateway.
 *
 * Nothing in a request is believed but the gateway's assertion, which is verified
 * before anything else: it says who asks, and that a policy allowed just this.
 *
 * @module
 */

import { readFile } from 'node:fs/promises'
import formBody from '@fastify/formbody'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { IssuerError, trustIssuer, VerificationError, verifyAssertion, type Assertion } from '@countersign/sdk'
import { isNoteId, longestText, readText } from '../note.ts'
import type { AppSettings } from '../settings.ts'
import { Live, refuse } from './live.ts'
import { ApiTrouble, createNotesApi } from './notes-api.ts'
import { callbackPath, createSignIn, type SignInEnd } from './oidc.ts'
import { listPage, troublePage, type TroublePage, type Who } from './pages.ts'
import { Visitors, type Tokens, type Visitor } from './visitors.ts'

const assets: Readonly<Record<string, string>> = {
  'notes.css': 'text/css; charset=utf-8',
  'notes.js': 'text/javascript; charset=utf-8',
  'mark.svg': 'image/svg+xml',
}

export async function createApp(settings: AppSettings): Promise<FastifyInstance> {
  const { publicOrigin } = settings
  const issuer = trustIssuer(settings.issuer)
  const notesApi = createNotesApi(settings.apiUrl)
  const signIn = createSignIn(settings)
  const visitors = new Visitors()
  const live = new Live(publicOrigin)
  const policy = contentPolicy(publicOrigin, settings.issuer)
  const app = Fastify({ bodyLimit: 64 * 1024, requestTimeout: 10_000, forceCloseConnections: true })
  await app.register(formBody)

  const verify = async (request: {
    readonly method?: string | undefined
    readonly url?: string | undefined
    readonly headers: FastifyRequest['headers']
  }): Promise<Assertion> =>
    verifyAssertion(
      request.headers['countersign-assertion'],
      { method: request.method ?? '', url: `${publicOrigin}${request.url ?? ''}` },
      { issuer, audience: publicOrigin },
    )

  const send = async (reply: FastifyReply, status: number, text: string): Promise<FastifyReply> =>
    reply
      .code(status)
      .headers({ ...pageHeaders, 'content-security-policy': policy })
      .send(text)

  const trouble = async (reply: FastifyReply, status: number, page: TroublePage, who?: Who): Promise<FastifyReply> =>
    send(reply, status, troublePage(page, who))

  app.setErrorHandler(async (error, _request, reply) => {
    const [status, page] = inWords(error)
    if (status >= 500) process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : 'something was thrown'}\n`)
    return trouble(reply, status, page)
  })
  app.setNotFoundHandler(async (_request, reply) =>
    trouble(reply, 404, { heading: 'There is nothing here', sentence: 'This page does not exist.', action: home }),
  )

  for (const [name, type] of Object.entries(assets)) {
    const bytes = await readFile(new URL(`../public/${name}`, import.meta.url))
    app.get(`/assets/${name}`, async (_request, reply) =>
      reply.headers({ 'content-type': type, 'cache-control': 'public, max-age=300', 'x-content-type-options': 'nosniff' }).send(bytes),
    )
  }

  /** Asks the API in the person's name; sends them to sign in where there is no token for that, or it is not good any more. */
  const withTokens = async (
    visitor: Visitor,
    reply: FastifyReply,
    ask: (tokens: Tokens) => Promise<FastifyReply>,
  ): Promise<FastifyReply> => {
    const tokens = await signIn.tokens(visitor)
    if (tokens === undefined) return reply.redirect(await signIn.begin(visitor), 303)
    try {
      return await ask(tokens)
    } catch (error) {
      // A token that is refused when it is new will be refused again.
      if (!(error instanceof ApiTrouble) || error.status !== 401 || Date.now() - tokens.gotAtMs < 10_000) throw error
      if (visitor.tokens === tokens) visitor.tokens = undefined
      return reply.redirect(await signIn.begin(visitor), 303)
    }
  }

  app.get('/', async (request, reply) => {
    const asked = await verify(request)
    const visitor = visitors.find(asked)
    return withTokens(visitor, reply, async (tokens) => {
      const notes = await notesApi.list(tokens)
      const { draft, said } = visitor
      visitor.draft = undefined
      visitor.said = undefined
      return send(reply, 200, listPage({ who: whoIs(asked), notes, draft, said }))
    })
  })

  app.get('/list', async (request, reply) => {
    const asked = await verify(request)
    const tokens = await signIn.tokens(visitors.find(asked))
    if (tokens === undefined) return reply.code(401).send({ code: 'app.sign_in' })
    return reply.header('cache-control', 'no-store').send({ notes: await notesApi.list(tokens) })
  })

  // Where somebody ends up who reloads what they sent.
  app.get('/notes', async (_request, reply) => reply.redirect('/', 303))

  app.post('/notes', async (request, reply) => {
    const visitor = visitors.find(await verify(request))
    const { text } = (request.body ?? {}) as { readonly text?: unknown }
    const read = readText(text)
    const tokens = await signIn.tokens(visitor)
    if (read === undefined) visitor.said = `A note has at least one letter and at most ${longestText}.`
    else if (tokens === undefined) visitor.said = 'You were signed in again, so your note is not saved yet. Here it is.'
    if (read === undefined || tokens === undefined) {
      visitor.draft = typeof text === 'string' ? text.slice(0, longestText) : undefined
      return reply.redirect('/', 303)
    }
    try {
      await notesApi.write(tokens, assertionOf(request), read)
      live.changed()
    } catch (error) {
      if (!(error instanceof ApiTrouble) || error.code !== 'note.no_room') throw error
      visitor.draft = read
      visitor.said = 'There is no room for another note. Delete one first.'
    }
    return reply.redirect('/', 303)
  })

  app.post<{ readonly Params: { readonly id: string } }>('/notes/:id/delete', async (request, reply) => {
    const visitor = visitors.find(await verify(request))
    const { id } = request.params
    // It becomes part of an address of the API.
    if (!isNoteId(id)) return reply.callNotFound()
    const tokens = await signIn.tokens(visitor)
    if (tokens === undefined) {
      visitor.said = 'You were signed in again, so nothing is deleted yet.'
      return reply.redirect('/', 303)
    }
    try {
      await notesApi.remove(tokens, assertionOf(request), id)
      live.changed()
    } catch (error) {
      // Somebody else was faster.
      if (!(error instanceof ApiTrouble) || error.status !== 404) throw error
    }
    return reply.redirect('/', 303)
  })

  app.get(callbackPath, async (request, reply) => {
    const asked = await verify(request)
    const end = await signIn.complete(visitors.find(asked), request.url)
    const page = signInTroubles[end]
    return page === undefined ? reply.redirect('/', 303) : trouble(reply, 403, page, whoIs(asked))
  })

  app.server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    if (head.length > 0 || request.url !== '/live') return refuse(socket, 401, 'Unauthorized')
    verify(request).then(
      () => live.welcome(request, socket),
      () => refuse(socket, 401, 'Unauthorized'),
    )
  })
  // Before the server waits for its connections to end, of which these are some.
  app.addHook('preClose', async () => live.close())
  return app
}

const home = { label: 'Back to notes', href: '/' } as const

/** How a sign-in can end other than well. One that was not begun here is begun anew. */
const signInTroubles: Readonly<Record<SignInEnd, TroublePage | undefined>> = {
  'signed in': undefined,
  'not begun here': undefined,
  'not allowed': {
    heading: 'Notes may not use your account',
    sentence: 'Without that it cannot show you any notes. You can allow it now.',
    action: { label: 'Ask again', href: '/' },
  },
  'somebody else': {
    heading: 'You are signed in as two people',
    sentence: 'This browser is signed in to Notes as one person and at Countersign as another. Sign out, then sign in as the one you are.',
    action: 'sign out',
  },
  'another session': {
    heading: 'You have signed in twice',
    sentence: 'Notes still knows you by the sign-in before your last one. Sign out, then sign in once more.',
    action: 'sign out',
  },
}

const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
} as const

/** A form may lead to the identity server and back (signing out, or a sign-in that has to be renewed). */
function contentPolicy(publicOrigin: string, issuer: string): string {
  const socket = publicOrigin.replace(/^http/, 'ws')
  return [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${socket}`,
    `form-action 'self' ${new URL(issuer).origin}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ')
}

function whoIs({ name, roles }: Assertion): Who {
  const isEditor = roles.includes('editor')
  return { name: name ?? 'You', mayWrite: isEditor, mayDelete: isEditor }
}

/** As it came: the API verifies it again. */
function assertionOf(request: FastifyRequest): string {
  const header = request.headers['countersign-assertion']
  return typeof header === 'string' ? header : ''
}

function inWords(error: unknown): readonly [number, TroublePage] {
  if (error instanceof VerificationError) {
    return [
      401,
      { heading: 'Come in through the gateway', sentence: 'Notes answers only to people whom the gateway in front of it has let in.' },
    ]
  }
  if (error instanceof IssuerError) {
    return [
      503,
      {
        heading: 'Notes cannot tell who you are',
        sentence: 'The identity server does not answer right now. Try again in a moment.',
        action: home,
      },
    ]
  }
  const status = error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500
  if (status < 500)
    return [
      status,
      { heading: 'Notes could not read that', sentence: 'Something about this request is not as it should be.', action: home },
    ]
  return [500, { heading: 'This did not work', sentence: 'Your notes are as they were. Try again in a moment.', action: home }]
}
