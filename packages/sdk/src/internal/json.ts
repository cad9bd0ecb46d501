/**
 * JSON objects from outside, RFC 8259, without repeated names: two readers that
 * choose different ones of two `aud`s would see different tokens.
 *
 * @module
 */

const strictUtf8 = { fatal: true, ignoreBOM: true } as const

/** Deeper than anything that is issued. */
const maxDepth = 16

/** Reads one JSON object. Undefined for anything else, for repeated names, and for more than 16 levels. */
export function readJsonObject(bytes: Uint8Array<ArrayBuffer>): Readonly<Record<string, unknown>> | undefined {
  try {
    const text = new TextDecoder('utf-8', strictUtf8).decode(bytes)
    const value: unknown = JSON.parse(text)
    return isRecord(value) && hasUniqueNames(text) ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined
    throw error
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** In text that is JSON: a whole string with the colon that makes it a name, or a bracket of an object or a list. */
const tokens = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/g

function hasUniqueNames(text: string): boolean {
  const objects: Set<string>[] = []
  for (const [token, quoted, colon] of text.matchAll(tokens)) {
    if (token === '{' || token === '[') {
      if (objects.push(new Set()) > maxDepth) return false
    } else if (token === '}' || token === ']') objects.pop()
    else if (quoted !== undefined && colon !== undefined) {
      const name = String(JSON.parse(quoted))
      const names = objects.at(-1)
      if (names === undefined || names.has(name)) return false
      names.add(name)
    }
  }
  return true
}
