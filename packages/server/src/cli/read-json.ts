/** Reads JSON that somebody wrote. @module */

/** Undefined for what is no JSON, which JSON never says. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
