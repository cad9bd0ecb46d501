/**
 * Whether the process lives, and whether it should be sent work.
 *
 * @module
 */

import { Type } from 'typebox'
import type { Answer } from './answer.ts'
import type { Edge } from './route.ts'

export interface HealthPorts {
  /** Why no work should come, in short words that strangers may read (`store`, `revocations`, `draining`). Empty when ready. */
  ready(): readonly string[]
}

const status = Type.Object({ status: Type.String(), reasons: Type.Optional(Type.Array(Type.String())) })

/** `/livez` says that the process answers; `/readyz` says 503 while it should be sent no work. */
export function healthEdge(ports: HealthPorts): Edge {
  return {
    name: 'health',
    refusals: {},
    routes: [
      {
        method: 'GET',
        path: '/livez',
        caller: 'anyone',
        limit: 'health',
        schema: { answers: { 200: status } },
        answers: 'problem',
        summary: 'Whether this process answers at all.',
        handle: () => Promise.resolve({ status: 200, body: { json: { status: 'ok' } } }),
      },
      {
        method: 'GET',
        path: '/readyz',
        caller: 'anyone',
        limit: 'health',
        schema: { answers: { 200: status, 503: status } },
        answers: 'problem',
        summary: 'Whether this process should be sent requests.',
        handle: () => Promise.resolve(readiness(ports.ready())),
      },
    ],
  }
}

function readiness(reasons: readonly string[]): Answer {
  if (reasons.length === 0) return { status: 200, body: { json: { status: 'ok' } } }
  return { status: 503, headers: { 'retry-after': '1' }, body: { json: { status: 'not ready', reasons } } }
}
