import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import type { Edge } from '#http'
import { serve } from '../serve.ts'

const edge: Edge = {
  name: 'test',
  refusals: {},
  routes: [
    {
      method: 'POST',
      path: '/token',
      caller: 'client',
      limit: 'token',
      schema: { body: Type.Object({ grant_type: Type.String() }), bodyType: 'form', answers: { 200: 'empty' } },
      answers: 'oauth',
      summary: 'Echoes.',
      handle: (_op, input) => Promise.resolve({ status: 200, body: { json: input.body } }),
    },
  ],
}

test('a form reaches its handler as it was sent', async () => {
  const { inject } = await serve([edge])
  const response = await inject({
    method: 'POST',
    url: '/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: 'grant_type=client_credentials',
  })
  assert.equal(response.statusCode, 200, response.body)
  assert.deepEqual(response.json(), { grant_type: 'client_credentials' })
})
