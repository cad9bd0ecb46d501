/** Names with namespaces, and entities. @module */

import type { TokenReader } from './reader.ts'
import { unescapeString } from './unescape.ts'

/** A name with its namespaces: `Photos::Album`. */
export function readPath(tokens: TokenReader): string {
  const names = [tokens.name()]
  while (tokens.isAt('::') && tokens.afterNext.kind === 'name') {
    tokens.take()
    names.push(tokens.name())
  }
  return names.join('::')
}

/** An entity: `Photos::Album::"trip"`. */
export function readEntity(tokens: TokenReader): { readonly type: string; readonly id: string } {
  return readUidAfter(tokens, tokens.name())
}

/** What is left of an entity after its first name. */
export function readUidAfter(tokens: TokenReader, first: string): { readonly type: string; readonly id: string } {
  const names = [first]
  for (;;) {
    tokens.expect('::')
    if (tokens.next.kind === 'string') return { type: names.join('::'), id: tokens.string(unescapeString) }
    names.push(tokens.name())
  }
}
