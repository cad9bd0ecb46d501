/** The public address: what answers there, and how requests get from there to the server. @module */

import { ask, type Asked, type AskOptions } from '#http'
import type { Facts, Reflection } from '../facts.ts'
import { baseOf, type Patient } from '../patient.ts'

export function lookAtIssuer(issuer: URL, discovery: Asked): NonNullable<Facts['issuer']> {
  return { url: baseOf(issuer), host: issuer.hostname, discovery, names: namedIn(discovery) }
}

function namedIn(discovery: Asked): string | undefined {
  if (discovery.is === 'silence' || discovery.status !== 200) return undefined
  const { issuer } = (discovery.json ?? {}) as { readonly issuer?: unknown }
  return typeof issuer === 'string' ? issuer : undefined
}

/** TEST-NET-1 of RFC 5737: nobody has this address. */
const lie = { address: '192.0.2.1', proto: 'http' } as const

/** Two requests through the front door: one as it is, one that claims to be somebody else's. */
export async function lookAtWay({ issuer, authorities, server }: Patient, mirror: string): Promise<NonNullable<Facts['way']>> {
  const url = new URL(mirror, issuer)
  const headers = { 'x-forwarded-for': lie.address, 'x-forwarded-proto': lie.proto }
  const plain = reflected(await askTwice(url, { authorities }))
  const lying = reflected(await askTwice(url, { authorities, headers }))
  return {
    proxy: server.proxy?.name,
    addresses: server.proxy?.addresses ?? [],
    host: issuer.host,
    plain,
    lying: lying === 'unknown' ? undefined : lying,
    lie,
  }
}

/** A machine that was busy for a moment is no proxy that is well: what one question leaves open is not known, and would not be told. */
async function askTwice(url: URL, options: AskOptions): Promise<Asked> {
  const first = await ask(url, options)
  return first.is === 'silence' ? ask(url, options) : first
}

function reflected(asked: Asked): Reflection | 'unknown' | undefined {
  if (asked.is === 'silence') return undefined
  const json = (asked.json ?? {}) as Partial<Reflection> & { readonly code?: unknown }
  if (asked.status === 404 && json.code === 'route.unknown') return 'unknown'
  const isReflection = asked.status === 200 && typeof json.peer === 'string' && typeof json.trusted === 'boolean'
  return isReflection ? (json as Reflection) : undefined
}
