/** An absolute URL, or undefined. `URL.parse` is younger than some runtimes that this runs on. */
export function parseUrl(text: unknown): URL | undefined {
  return typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined
}
