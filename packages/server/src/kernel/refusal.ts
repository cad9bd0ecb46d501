/**
 * A refusal: the system understood the request and says no.
 *
 * Refusals are thrown, because a caller who forgets about one must end up
 * stopped, not waved through. Anything else that is thrown is a bug or an
 * outage.
 *
 * @module
 */

/** Says no, with a stable code, a sentence for the caller and a word for the log. */
export class Refusal<Code extends string = string> extends Error {
  override readonly name = 'Refusal'

  /** Stable, documented, safe to show: clients and dashboards match on it. */
  readonly code: Code

  /** For the log and the audit trail only. Never leaves the server. */
  readonly detail: string | undefined

  constructor(code: Code, says: string, detail?: string, cause?: unknown) {
    super(says, cause === undefined ? undefined : { cause })
    this.code = code
    this.detail = detail
  }
}

/** The only function with which a module refuses, typed to its own codes. */
export type Refuse<Code extends string> = (code: Code, detail?: string, cause?: unknown) => Refusal<Code>

/** Makes a module's {@link Refuse} from its table of codes and public sentences. */
export function refusals<const Table extends Readonly<Record<string, string>>>(table: Table): Refuse<keyof Table & string> {
  return (code, detail, cause) => new Refusal(code, table[code] ?? code, detail, cause)
}

/**
 * Something we depend on cannot be reached or cannot be trusted right now: an
 * outage, not a refusal. The edge answers 503 and nothing is half-done.
 */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
  /** What is out: `store`, `keys`, `audit`, `channel`, `password pool`. */
  readonly what: string
  /** When it makes sense to try again, in whole seconds. */
  readonly retryAfterSeconds: number

  constructor(what: string, cause?: unknown, retryAfterSeconds = 1) {
    super(`${what} is not available`, cause === undefined ? undefined : { cause })
    this.what = what
    this.retryAfterSeconds = retryAfterSeconds
  }
}
