/**
 * A set on its way to a process that decides in its own memory: it travels as
 * text and is checked again where it arrives, or compiled to our own gateways.
 *
 * @module
 */

import type { CompiledSet, PolicyEngine, RulesEngine } from './engine.ts'
import { compiler, freezeSet, thawSet } from './frozen.ts'
import { digestOf, readContent, type ExportedSet, type SentSet, type StoreSource } from './source.ts'

/** What to send or store: {@link importSet} makes the same set of it anywhere. */
export function exportSet({ store, digest, content }: CompiledSet): ExportedSet {
  return { store, digest, content }
}

/** The set again. Undefined when the content is not what the digest says, or does not compile: then nothing may be decided by it. */
export function importSet(engine: PolicyEngine, { store, digest, content }: ExportedSet): CompiledSet | undefined {
  const source = sourceOf({ store, digest, content })
  if (source === undefined) return undefined
  const compiled = engine.compile(source)
  return compiled.is === 'compiled' ? compiled.set : undefined
}

/** {@link importSet} by an engine that has stores checked elsewhere. */
export async function importSetBy(engine: RulesEngine, exported: ExportedSet): Promise<CompiledSet | undefined> {
  const source = sourceOf(exported)
  if (source === undefined) return undefined
  const compiled = await engine.compile(source)
  return compiled.is === 'compiled' ? compiled.set : undefined
}

/** What to send to the gateways that this server starts: {@link receiveSet} makes the same set of it without compiling. */
export function sendSet(set: CompiledSet): SentSet {
  return { ...exportSet(set), compiler, compiled: freezeSet(set) }
}

/**
 * The set again. Undefined when another release compiled it, or when its text is not what the digest says. It is as
 * trustworthy as the server that sent it.
 */
export function receiveSet({ store, digest, content, compiler: by, compiled }: SentSet): CompiledSet | undefined {
  if (by !== compiler || sourceOf({ store, digest, content }) === undefined) return undefined
  return thawSet({ store, digest, content }, compiled)
}

function sourceOf({ store, digest, content }: ExportedSet): StoreSource | undefined {
  const source = digestOf(content) === digest ? readContent(content) : undefined
  return source?.store === store ? source : undefined
}
