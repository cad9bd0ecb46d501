/** An issuer on a real port of this machine, and everything about it that a case may change. @module */

import type * as Sdk from '../src/index.ts'
import type { Json, Signer } from './signer.ts'

/** What a runtime brings: the SDK as a program imports it, and a server. */
export interface Runtime {
  readonly sdk: typeof Sdk
  /** Serves on 127.0.0.1, any port. */
  serve(answer: (path: string) => Answer): Promise<{ readonly origin: string; close(): Promise<void> }>
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** `hang` never answers. */
  readonly body: string
}

export interface World {
  readonly origin: string
  readonly sdk: Runtime['sdk']
  readonly issuer: Sdk.Issuer
  /** Wall time that the issuer's keys and all verifications go by. */
  nowMs: number
  /** What is published. Cases change these. */
  metadata: Json
  tokenKeys: readonly unknown[]
  assertionKeys: readonly unknown[]
  /** Answers of paths in place of the usual ones. */
  readonly instead: Map<string, Answer>
  /** Paths in the order in which they were asked. */
  readonly asked: string[]
  trust(options?: { readonly path?: string }): Sdk.Issuer
}

export const noonMs = 1_800_000_000_000

/** Runs a case against a fresh issuer that publishes these keys. */
export async function inWorld(
  runtime: Runtime,
  keys: { readonly tokens: readonly Signer[]; readonly assertions: readonly Signer[] },
  run: (world: World) => Promise<void>,
): Promise<void> {
  const instead = new Map<string, Answer>()
  const asked: string[] = []
  const server = await runtime.serve((path) => {
    asked.push(path)
    return instead.get(path) ?? usual(path)
  })
  const { origin } = server
  const world = {
    origin,
    sdk: runtime.sdk,
    nowMs: noonMs,
    metadata: { issuer: origin, jwks_uri: `${origin}/jwks`, countersign_assertion_jwks_uri: `${origin}/jwks/assertions` } as Json,
    tokenKeys: keys.tokens.map(({ jwk }) => jwk) as readonly unknown[],
    assertionKeys: keys.assertions.map(({ jwk }) => jwk) as readonly unknown[],
    instead,
    asked,
    trust: ({ path = '' } = {}) => runtime.sdk.trustIssuer(origin + path, { now: () => world.nowMs }),
  }
  const usual = (path: string): Answer => {
    const documents: Readonly<Record<string, unknown>> = {
      '/.well-known/openid-configuration': world.metadata,
      '/jwks': { keys: world.tokenKeys },
      '/jwks/assertions': { keys: world.assertionKeys },
    }
    const found = documents[path]
    return found === undefined ? { status: 404, body: '' } : { status: 200, body: JSON.stringify(found) }
  }
  try {
    await run(Object.assign(world, { issuer: world.trust() }))
  } finally {
    await server.close()
  }
}
