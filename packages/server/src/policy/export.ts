/**
 * A set on its way to a process that decides in its own memory: it travels as
 * text and is checked again where it arrives.
 *
 * @module
 */

import type { CompiledSet, PolicyEngine, RulesEngine } from './engine.ts'
import { digestOf, readContent, type ExportedSet, type StoreSource } from './source.ts'

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

function sourceOf({ store, digest, content }: ExportedSet): StoreSource | undefined {
  const source = digestOf(content) === digest ? readContent(content) : undefined
  return source?.store === store ? source : undefined
}
