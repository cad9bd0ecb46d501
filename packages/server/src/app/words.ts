/** How a command of ours speaks to its terminal: a result as JSON or in lines, and remarks beside it. */
export interface Words {
  readonly json: boolean
  result(value: unknown, words: () => readonly string[]): void
  note(line: string): void
}
