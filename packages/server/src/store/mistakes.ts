/**
 * What an operator can get wrong about the database before the server starts.
 * Each is one sentence, and none shows a password.
 *
 * @module
 */

/** Stable names of the mistakes. */
export type StoreMistakeCode =
  | 'store.directory_not_writable'
  | 'store.directory_in_use'
  | 'store.file_in_use'
  | 'store.damaged'
  | 'store.not_ours'
  | 'store.bad_url'
  | 'store.unreachable'
  | 'store.unverified'
  | 'store.bad_ca_file'
  | 'store.read_only'
  | 'store.clock_differs'
  | 'store.login_refused'
  | 'store.not_allowed'
  | 'store.above_row_security'
  | 'store.not_migrated'
  | 'store.not_copied'
  | 'store.nothing_there'
  | 'store.begun_already'
  | 'store.schema_newer'
  | 'store.schema_differs'

/** A start that cannot go on. The message is the sentence to print; nothing was changed. */
export class StoreMistake extends Error {
  override readonly name = 'StoreMistake'
  readonly code: StoreMistakeCode

  constructor(code: StoreMistakeCode, sentence: string, cause?: unknown) {
    super(sentence, cause === undefined ? undefined : { cause })
    this.code = code
  }
}
