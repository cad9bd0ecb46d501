/**
 * Sources of the engine that are read anew for each mutant, within one process:
 * `?mutant=N` behind the name of a test makes everything of the package that it
 * imports an instance of its own, one source of them with a rule taken out.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'
import { getOrMake } from '../../src/values/get-or-make.ts'

const home = new URL('../..', import.meta.url).href
/** Shared by all mutants: what they are compared with must not change with them. */
const shared = new URL('answers.ts', import.meta.url).href
const registry = new URL('registry.ts', import.meta.url).href

const stripped = new Map<string, string>()
const mutated = new Map<string, string>()

/** The address of a source as a mutant sees it. */
export function addressFor(mutant: string, url: string): string {
  return `${url}?mutant=${mutant}`
}

/** Says which text a source has for a mutant. */
export function setText(mutant: string, url: string, text: string): void {
  mutated.clear()
  mutated.set(addressFor(mutant, url), stripTypeScriptTypes(text))
}

export function hook(): void {
  registerHooks({
    resolve: (specifier, context, next) => {
      const query = context.parentURL?.match(/\?mutant=.*$/)?.[0]
      if (query === undefined) return next(specifier, context)
      if (specifier === 'node:test') return { url: registry, shortCircuit: true }
      const found = next(specifier, context)
      return found.url.startsWith(home) && found.url !== shared ? { ...found, url: found.url + query } : found
    },
    load: (url, context, next) => {
      const [file = ''] = url.split('?mutant=')
      if (file === url) return next(url, context)
      const plain = (): string => stripTypeScriptTypes(readFileSync(fileURLToPath(file), 'utf8'))
      return { format: 'module', source: mutated.get(url) ?? getOrMake(stripped, file, plain), shortCircuit: true }
    },
  })
}
