/**
 * What an operator can get wrong about keys before the server starts. Each is
 * one sentence, names the file, and never shows a byte of it.
 *
 * @module
 */

/** Stable names of the mistakes. */
export type KeyMistakeCode =
  | 'keys.root_key_missing'
  | 'keys.root_key_lost'
  | 'keys.root_key_unreadable'
  | 'keys.root_key_open_to_others'
  | 'keys.root_key_malformed'
  | 'keys.root_key_exists'
  | 'keys.root_key_not_written'
  | 'keys.root_key_wrong'
  | 'keys.rows_lost'
  | 'keys.damaged'

/** A start that cannot go on. The message is the sentence to print; nothing was changed. */
export class KeyMistake extends Error {
  override readonly name = 'KeyMistake'
  readonly code: KeyMistakeCode

  constructor(code: KeyMistakeCode, sentence: string, cause?: unknown) {
    super(sentence, cause === undefined ? undefined : { cause })
    this.code = code
  }
}
