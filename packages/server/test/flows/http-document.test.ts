/** The API document says what the server does, and is OpenAPI 3.1. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { Type } from 'typebox'
import { healthEdge, openApi, openApiEdge, type Edge } from '#http'
import { serve } from '../serve.ts'

const things: Edge = {
  name: 'things',
  refusals: { 'thing.unknown': { status: 404 }, 'thing.taken': { status: 409 } },
  routes: [
    {
      method: 'GET',
      path: '/things/:thing',
      caller: 'principal',
      action: 'things:read',
      limit: 'admin',
      schema: {
        params: Type.Object({ thing: Type.String({ maxLength: 26 }) }),
        query: Type.Object({ limit: Type.Optional(Type.String({ pattern: '^[0-9]{1,3}$' })), q: Type.String() }),
        answers: { 200: Type.Object({ name: Type.String() }) },
      },
      answers: 'problem',
      summary: 'Reads a thing.',
      handle: () => Promise.resolve({ status: 200, body: { json: { name: 'a' } } }),
    },
    {
      method: 'POST',
      path: '/token',
      caller: 'client',
      limit: 'token',
      schema: {
        body: Type.Object({ grant_type: Type.String() }, { additionalProperties: true }),
        bodyType: 'form',
        answers: { 200: Type.Object({}) },
      },
      answers: 'oauth',
      summary: 'Issues tokens.',
      handle: () => Promise.resolve({ status: 200, body: { json: {} } }),
    },
    {
      method: 'POST',
      path: '/sign-in',
      caller: 'anyone',
      limit: 'sign-in',
      schema: { body: Type.Object({}), bodyType: 'form', answers: { 200: 'html', 303: 'redirect' } },
      answers: 'page',
      summary: 'Signs in.',
      handle: () => Promise.resolve({ status: 200, body: { html: '' } }),
    },
    {
      method: 'GET',
      path: '/*',
      caller: 'anyone',
      limit: 'proxied',
      schema: { answers: {} },
      answers: 'page',
      summary: 'Somebody else’s.',
      handle: () => Promise.resolve({ status: 200, body: 'empty' }),
    },
  ],
}

const edges = [things, healthEdge({ ready: () => [] })]
const info = { title: 'Countersign', version: '1.2.3', url: 'https://id.example.test' }

/** The parts of the OpenAPI 3.1 meta-schema that our document uses (specification sections 4.8.1 to 4.8.30). */
const metaSchema = {
  type: 'object',
  required: ['openapi', 'info', 'paths', 'components'],
  additionalProperties: false,
  properties: {
    openapi: { pattern: '^3\\.1\\.\\d+$' },
    info: {
      type: 'object',
      required: ['title', 'version'],
      properties: { title: { type: 'string' }, version: { type: 'string' }, license: { type: 'object', required: ['name'] } },
      additionalProperties: false,
    },
    servers: { type: 'array', items: { type: 'object', required: ['url'] } },
    tags: { type: 'array', items: { type: 'object', required: ['name'] } },
    paths: {
      type: 'object',
      additionalProperties: false,
      patternProperties: {
        '^/': {
          type: 'object',
          additionalProperties: false,
          patternProperties: { '^(get|put|post|delete|options|head|patch)$': { $ref: '#/$defs/operation' } },
        },
      },
    },
    components: {
      type: 'object',
      additionalProperties: false,
      properties: {
        schemas: { type: 'object', additionalProperties: { type: 'object' } },
        responses: { type: 'object', propertyNames: { pattern: '^[a-zA-Z0-9._-]+$' }, additionalProperties: { $ref: '#/$defs/response' } },
        securitySchemes: {
          type: 'object',
          additionalProperties: {
            type: 'object',
            required: ['type'],
            oneOf: [
              { properties: { type: { const: 'http' } }, required: ['scheme'] },
              { properties: { type: { const: 'apiKey' }, in: { enum: ['query', 'header', 'cookie'] } }, required: ['name', 'in'] },
            ],
          },
        },
      },
    },
  },
  $defs: {
    operation: {
      type: 'object',
      required: ['operationId', 'responses', 'security', 'summary'],
      patternProperties: { '^x-': true },
      additionalProperties: false,
      properties: {
        operationId: { type: 'string', pattern: '^[a-z][A-Za-z0-9]*$' },
        tags: { type: 'array', items: { type: 'string' } },
        summary: { type: 'string' },
        parameters: {
          type: 'array',
          items: {
            type: 'object',
            required: ['name', 'in', 'required', 'schema'],
            properties: { in: { enum: ['path', 'query'] }, schema: { type: 'object' } },
            if: { properties: { in: { const: 'path' } } },
            // eslint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
            then: { properties: { required: { const: true } } },
          },
        },
        requestBody: {
          type: 'object',
          required: ['content'],
          properties: { content: { $ref: '#/$defs/content' }, required: { type: 'boolean' } },
          additionalProperties: false,
        },
        responses: {
          type: 'object',
          minProperties: 1,
          patternProperties: { '^[1-5][0-9]{2}$': { $ref: '#/$defs/response' } },
          additionalProperties: false,
        },
        security: { type: 'array', items: { type: 'object', additionalProperties: { type: 'array' } } },
      },
    },
    response: {
      oneOf: [
        { type: 'object', required: ['$ref'], properties: { $ref: { pattern: '^#/components/responses/' } }, additionalProperties: false },
        {
          type: 'object',
          required: ['description'],
          properties: { description: { type: 'string' }, headers: { type: 'object' }, content: { $ref: '#/$defs/content' } },
          additionalProperties: false,
        },
      ],
    },
    content: { type: 'object', minProperties: 1, additionalProperties: { type: 'object', required: ['schema'] } },
  },
}

interface Operation {
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[]
  readonly responses: Readonly<Record<string, unknown>>
  readonly security: unknown
  readonly requestBody?: unknown
}

function documentOf(): { paths: Record<string, Record<string, Operation>>; components: Record<string, Record<string, unknown>> } {
  return JSON.parse(JSON.stringify(openApi(edges, info))) as ReturnType<typeof documentOf>
}

test('the document is OpenAPI 3.1', () => {
  const ajv = new Ajv2020({ strict: false })
  const valid = ajv.compile(metaSchema)
  assert.ok(valid(documentOf()), JSON.stringify(valid.errors))
})

test('each of its schemas is a JSON Schema, and each reference leads somewhere', () => {
  const document = documentOf()
  const ajv = new Ajv2020({ strict: false })
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, member] of Object.entries(value)) {
      if (key === 'schema' && typeof member === 'object') assert.ok(ajv.validateSchema(member as object), JSON.stringify(member))
      if (key === '$ref') {
        const [, , part = '', name = ''] = String(member).split('/')
        assert.ok(document.components[part]?.[name], String(member))
      }
      walk(member)
    }
  }
  walk(document)
})

test('operation ids are all different', () => {
  const ids = Object.values(documentOf().paths).flatMap((path) =>
    Object.values(path).map((operation) => (operation as unknown as { operationId: string }).operationId),
  )
  assert.equal(new Set(ids).size, ids.length)
})

test('every route is in it, but those that only pass requests on', () => {
  assert.deepEqual(Object.keys(documentOf().paths).sort(), ['/livez', '/readyz', '/sign-in', '/things/{thing}', '/token'])
})

test('a route’s parameters, caller and refusals are told', () => {
  const operation = documentOf().paths['/things/{thing}']?.['get']
  assert.deepEqual(
    operation?.parameters.map(({ name, in: place, required }) => [name, place, required]),
    [
      ['thing', 'path', true],
      ['limit', 'query', false],
      ['q', 'query', true],
    ],
  )
  assert.deepEqual(operation.security, [{ bearer: [] }])
  assert.match(JSON.stringify(documentOf().components['responses']?.['things-problem-404']), /route\.unknown, thing\.unknown/)
  assert.ok(operation.responses['409'])
})

test('a strict body says that it refuses what it does not name', () => {
  const { paths } = documentOf()
  assert.match(JSON.stringify(paths['/sign-in']?.['post']?.requestBody), /"additionalProperties":false/)
  assert.match(JSON.stringify(paths['/token']?.['post']?.requestBody), /"additionalProperties":true/)
})

test('it is served, itself included', async () => {
  const served = await serve([...edges, openApiEdge(edges, info)])
  const response = await served.inject({ url: '/openapi.json' })
  assert.equal(response.statusCode, 200)
  assert.equal(response.headers['cache-control'], 'public, max-age=300')
  const { paths } = response.json<{ paths: Record<string, unknown> }>()
  assert.ok(paths['/openapi.json'])
})
