/**
 * How a request reaches this server: what the proxy before it said, and what
 * came of that. `countersign doctor` asks through the public address and reads
 * what is wrong from the difference.
 *
 * The answer tells where we stand behind a proxy, so it is for whoever was given
 * a live mirror by the admin API alone; to everybody else there is nothing here.
 * Like the health endpoints it is answered whatever `Host` says and however it
 * came, since that is the question.
 *
 * @module
 */

import { Type, type TSchema } from 'typebox'
import type { Operation } from '#kernel'
import { refuse } from './refusals.ts'
import type { Edge } from './route.ts'

export interface MirrorPorts {
  /** Below the path of the issuer, because that is the way that is looked at. */
  readonly base: '' | `/${string}`
  /** Whether the admin API made this one, not long ago. */
  readonly isLive: (op: Operation, mirror: string) => Promise<boolean>
}

const optionalText = Type.Optional(Type.String())

/** What a request looked like from here. */
export const reflection: TSchema = Type.Object(
  {
    host: optionalText,
    peer: Type.String({ description: 'The address at the other end of the connection.' }),
    encrypted: Type.Boolean({ description: 'Whether the caller’s connection counts as https.' }),
    address: Type.String({ description: 'The caller’s address, after the trusted proxies.' }),
    trusted: Type.Boolean({ description: 'Whether the other end is a proxy that was named.' }),
    forwardedFor: optionalText,
    forwardedProto: optionalText,
  },
  { additionalProperties: false },
)

export function mirrorEdge({ base, isLive }: MirrorPorts): Edge {
  return {
    name: 'mirror',
    refusals: {},
    routes: [
      {
        method: 'GET',
        path: `${base}/mirror/:mirror`,
        caller: 'anyone',
        limit: 'health',
        schema: { params: Type.Object({ mirror: Type.String({ maxLength: 512 }) }), answers: { 200: reflection } },
        answers: 'problem',
        summary: 'Shows how this request arrived, to whoever was given a live mirror.',
        handle: async (op, { params, headers, address, connection }) => {
          if (!(await isLive(op, params['mirror'] ?? ''))) throw refuse('route.unknown')
          const { host, 'x-forwarded-for': forwardedFor, 'x-forwarded-proto': forwardedProto } = headers
          const seen = { host, ...connection, address, forwardedFor, forwardedProto }
          return { status: 200, headers: { 'cache-control': 'no-store' }, body: { json: seen } }
        },
      },
    ],
  }
}
