/** A listener of its own, whose server lets everybody in and remembers what they presented. @module */

import { after } from 'node:test'
import { healthEdge, listen, type Edge, type Listener, type ListenOptions, type PeerCertificate } from '#http'
import { serve, type Served } from './serve.ts'

const opened: Listener[] = []
after(() => Promise.all(opened.map((listener) => listener.drain(0))))

/** Drains a listener when the file has ended. */
export function drainAfterwards(listener: Listener): void {
  opened.push(listener)
}

/** One endpoint, for anybody who is known. */
export function edgeWith(handle: () => Promise<void> = () => Promise.resolve()): Edge {
  return {
    name: 'test',
    refusals: {},
    routes: [
      {
        method: 'GET',
        path: '/',
        caller: 'principal',
        limit: 'api',
        schema: { answers: { 200: 'empty' } },
        answers: 'problem',
        summary: '',
        handle: async () => {
          await handle()
          return { status: 200, body: { json: { done: true } } }
        },
      },
    ],
  }
}

export interface Seen {
  readonly via: string
  readonly address: string
  readonly certificate: PeerCertificate | undefined
}

/** A server that lets everybody in, and remembers what they presented. */
export async function openListener(
  options: Parameters<typeof serve>[2],
  listening: Partial<ListenOptions>,
  handle?: () => Promise<void>,
): Promise<{ served: Served; listener: Listener; presented: Seen[] }> {
  const presented: Seen[] = []
  const served = await serve(
    [edgeWith(handle), healthEdge({ ready: () => (served.server.isDraining ? ['draining'] : []) })],
    {
      identify: (_op, what) => {
        presented.push({ via: what.via, address: what.address, certificate: what.peerCertificate() })
        const proof = { acr: 'client', amr: [], authTimeMs: 0 }
        return Promise.resolve({ is: 'machine-owner', id: 'machine-owner', proof, credential: { kind: 'socket' } })
      },
    },
    options,
  )
  const listener = await listen(served.server, { host: '127.0.0.1', port: 0, ...listening })
  drainAfterwards(listener)
  return { served, listener, presented }
}
