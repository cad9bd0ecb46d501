/**
 * The endpoints of the API.
 *
 * Everything needs an access token for this API, with the scope for what is
 * asked. A change needs the gateway's assertion besides: that this person asked for
 * exactly this change a moment ago and that a policy allowed it. The app hands it
 * on as it came, so an app that was taken over cannot write in anybody's name.
 *
 * @module
 */

import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import {
  IssuerError,
  readBearerToken,
  trustIssuer,
  VerificationError,
  verifyAccessToken,
  verifyAssertion,
  type Issuer,
} from '@countersign/sdk'
import { isNoteId, readText } from '../note.ts'
import type { ApiSettings } from '../settings.ts'
import type { Notes } from './store.ts'

/** What is answered when the answer is no. */
class ApiError extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string) {
    super(code)
    this.status = status
    this.code = code
  }
}

export function createApi(settings: ApiSettings, notes: Notes): FastifyInstance {
  const { audience, publicOrigin } = settings
  const issuer = trustIssuer(settings.issuer)
  const api = Fastify({ bodyLimit: 64 * 1024, requestTimeout: 10_000 })

  api.setErrorHandler(async (error, _request, reply) => {
    const { status, code } = problemOf(error)
    if (status === 401) void reply.header('www-authenticate', `Bearer error="invalid_token"`)
    return reply.code(status).type('application/problem+json').send({ type: 'about:blank', status, code })
  })

  api.get('/notes', async (request, reply) => {
    await requireCaller(request, issuer, audience, 'notes:read')
    return reply.send({ notes: notes.list() })
  })

  api.post('/notes', async (request, reply) => {
    const caller = await requireCaller(request, issuer, audience, 'notes:write')
    const asserted = await requireAssertion(request, issuer, publicOrigin, '/notes', caller)
    const text = readText((request.body as { readonly text?: unknown } | null)?.text)
    if (text === undefined) throw new ApiError(422, 'note.bad_text')
    const note = await notes.add({ text, author: caller, authorName: asserted.name ?? 'Somebody' })
    if (note === undefined) throw new ApiError(409, 'note.no_room')
    return reply.code(201).send(note)
  })

  api.post<{ readonly Params: { readonly id: string } }>('/notes/:id/delete', async (request, reply) => {
    const { id } = request.params
    const caller = await requireCaller(request, issuer, audience, 'notes:write')
    await requireAssertion(request, issuer, publicOrigin, `/notes/${id}/delete`, caller)
    if (!isNoteId(id) || !(await notes.remove(id))) throw new ApiError(404, 'note.unknown')
    return reply.code(204).send()
  })

  return api
}

/** The person for whom the app asks: the subject of a good access token that is limited to no less than `scope`. */
async function requireCaller(request: FastifyRequest, issuer: Issuer, audience: string, scope: string): Promise<string> {
  const token = await verifyAccessToken(readBearerToken(request.headers.authorization), { issuer, audience })
  if (!token.scopes.includes(scope)) throw new ApiError(403, 'token.insufficient_scope')
  return token.subject
}

/** The assertion of the request that the person made to the app. */
async function requireAssertion(
  request: FastifyRequest,
  issuer: Issuer,
  publicOrigin: string,
  path: string,
  caller: string,
): Promise<{ readonly name: string | undefined }> {
  const asked = { method: 'POST', url: `${publicOrigin}${path}` }
  const asserted = await verifyAssertion(request.headers['countersign-assertion'], asked, { issuer, audience: publicOrigin })
  if (asserted.subject !== caller) throw new ApiError(403, 'assertion.wrong_subject')
  return asserted
}

function problemOf(error: unknown): { readonly status: number; readonly code: string } {
  if (error instanceof ApiError) return error
  if (error instanceof VerificationError) return { status: 401, code: error.code }
  if (error instanceof IssuerError) return { status: 503, code: error.code }
  const status = error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500
  return { status, code: status < 500 ? 'request.malformed' : 'api.defect' }
}
