/**
 * The API document (OpenAPI 3.1), written from the same list that the server
 * runs, so that it cannot say anything else.
 *
 * @module
 */

import { utf8 } from '#kernel'
import { Type } from 'typebox'
import { httpRefusalAnswers } from './refusals.ts'
import type { AnswerStyle, Edge, RefusalAnswer, Route } from './route.ts'
import { closed } from './validate.ts'

/** What the document says about itself. */
export interface ApiInfo {
  readonly title: string
  readonly version: string
  /** Where the API is, for instance the issuer. */
  readonly url: string
}

type Json = Readonly<Record<string, unknown>>

/** The document of the edges' routes. Those that only pass requests on (`proxied`) are somebody else's API. */
export function openApi(edges: readonly Edge[], info: ApiInfo): Json {
  const paths: Record<string, Record<string, Json>> = {}
  const responses: Record<string, Json> = {}
  for (const edge of edges) {
    for (const route of edge.routes) {
      if (route.limit === 'proxied') continue
      const path = route.path.replaceAll(/:([A-Za-z0-9_]+)/g, '{$1}')
      paths[path] ??= {}
      paths[path][route.method.toLowerCase()] = operation(edge, route, responses)
    }
  }
  return {
    openapi: '3.1.1',
    info: { title: info.title, version: info.version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: info.url }],
    tags: edges.map((edge) => ({ name: edge.name })),
    paths,
    components: { schemas, responses, securitySchemes },
  }
}

/** Serves the document at `/openapi.json`, its own entry included. It is written when somebody first asks. */
export function openApiEdge(edges: readonly Edge[], info: ApiInfo): Edge {
  let document: Uint8Array | undefined
  const edge: Edge = {
    name: 'api-document',
    refusals: {},
    routes: [
      {
        method: 'GET',
        path: '/openapi.json',
        caller: 'anyone',
        limit: 'metadata',
        schema: { answers: { 200: Type.Object({}, { additionalProperties: true }) } },
        answers: 'problem',
        summary: 'This document.',
        handle: () => {
          document ??= utf8(JSON.stringify(openApi([...edges.filter((other) => other !== edge), edge], info)))
          const body = { bytes: document, type: 'application/json' }
          return Promise.resolve({ status: 200, headers: { 'cache-control': 'public, max-age=300' }, body })
        },
      },
    ],
  }
  return edge
}

function operation(edge: Edge, route: Route, responses: Record<string, Json>): Json {
  return {
    operationId: `${route.method.toLowerCase()}${route.path.replaceAll(/[^A-Za-z0-9]+(.)?/g, (_all, letter: string | undefined) => (letter ?? '').toUpperCase())}`,
    tags: [edge.name],
    summary: route.summary,
    parameters: [
      ...parameters('path', route.schema.params, route.path),
      ...parameters('query', route.schema.query, route.path),
      ...(route.version === undefined ? [] : [{ ...ifMatch, required: route.version === 'required' }]),
    ],
    ...requestBody(route),
    responses: { ...answers(route), ...refusals(edge, route, responses) },
    security: security(route),
    'x-caller': route.caller,
    'x-limit': route.limit,
    ...(route.action === undefined ? {} : { 'x-action': route.action }),
  }
}

const ifMatch: Json = {
  name: 'If-Match',
  in: 'header',
  description: 'The ETag that came with what is changed.',
  schema: { type: 'string' },
}

/** Each parameter of the path, described or not, and each property of the query's schema. */
function parameters(place: 'path' | 'query', schema: unknown, path: string): readonly Json[] {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    readonly properties?: Readonly<Record<string, Json>>
    readonly required?: readonly string[]
  }
  const names = place === 'path' ? [...path.matchAll(/:([A-Za-z0-9_]+)/g)].map((match) => match[1] ?? '') : Object.keys(properties)
  return names.map((name) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: closed(properties[name] ?? { type: 'string' }),
  }))
}

function requestBody({ schema }: Route): Json {
  if (schema.body === undefined) return {}
  const type = schema.bodyType === 'form' ? 'application/x-www-form-urlencoded' : 'application/json'
  return { requestBody: { required: true, content: { [type]: { schema: closed(schema.body) } } } }
}

function answers({ schema }: Route): Json {
  return Object.fromEntries(
    Object.entries(schema.answers).map(([status, shape]) => {
      if (shape === 'empty') return [status, { description: 'Done.' }]
      if (shape === 'redirect')
        return [status, { description: 'Go on there.', headers: { Location: { schema: { type: 'string', format: 'uri-reference' } } } }]
      if (shape === 'lines')
        return [status, { description: 'A line of JSON each.', content: { 'application/x-ndjson': { schema: { type: 'string' } } } }]
      if (shape === 'html') return [status, { description: 'A page.', content: { 'text/html': { schema: { type: 'string' } } } }]
      return [status, { description: 'Done.', content: { 'application/json': { schema: closed(shape) } } }]
    }),
  )
}

/** The refusals of an edge by status, each with its codes. Kept once for edge, style and status. */
function refusals(edge: Edge, route: Route, responses: Record<string, Json>): Json {
  const byStatus = new Map<number, string[]>()
  const all: Readonly<Record<string, RefusalAnswer>> = { ...httpRefusalAnswers, ...edge.refusals }
  for (const [code, { status }] of Object.entries(all)) byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  const out: Record<string, Json> = {}
  for (const [status, codes] of byStatus) {
    if (route.schema.answers[status] !== undefined) continue
    const name = `${edge.name}-${route.answers}-${status}`
    responses[name] = { description: `Refused: ${codes.sort().join(', ')}.`, content: refusalContent[route.answers] }
    out[status] = { $ref: `#/components/responses/${name}` }
  }
  return out
}

const refusalContent: Readonly<Record<AnswerStyle, Json>> = {
  problem: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  oauth: { 'application/json': { schema: { $ref: '#/components/schemas/OAuthError' } } },
  authzen: { 'application/json': { schema: { type: 'string' } } },
  page: { 'text/html': { schema: { type: 'string' } } },
}

const schemas: Json = {
  Problem: {
    type: 'object',
    description: 'RFC 9457.',
    required: ['type', 'title', 'status', 'detail', 'code', 'request_id'],
    properties: {
      type: { const: 'about:blank' },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string' },
      code: { type: 'string', description: 'Stable: match on this.' },
      request_id: { type: 'string' },
      errors: { type: 'array', items: { type: 'object', properties: { at: { type: 'string' }, rule: { type: 'string' } } } },
    },
  },
  OAuthError: {
    type: 'object',
    description: 'RFC 6749 section 5.2.',
    required: ['error', 'error_description', 'code', 'request_id'],
    properties: {
      error: { type: 'string' },
      error_description: { type: 'string' },
      code: { type: 'string', description: 'Stable: match on this.' },
      request_id: { type: 'string' },
    },
  },
}

const securitySchemes: Json = {
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'at+jwt' },
  session: { type: 'apiKey', in: 'cookie', name: 'countersign_session', description: 'With the prefix `__Host-` on https.' },
  client: { type: 'http', scheme: 'basic', description: 'RFC 6749 section 2.3.1; the secret may be in the form instead.' },
}

function security({ caller }: Route): readonly Json[] {
  if (caller === 'principal') return [{ bearer: [] }]
  if (caller === 'session') return [{ session: [] }]
  // The empty requirement: a public client, and one that sends its secret in the form, have no header to show.
  if (caller === 'client') return [{ client: [] }, {}]
  return []
}
