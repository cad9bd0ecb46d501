/** How a process of ours is given its settings: as the first line of its standard input. @module */

import { StartMistake } from './mistake.ts'

export interface FirstLine {
  readonly line: Promise<string>
  /** When the input ends, and with it whoever started this process. */
  readonly ended: Promise<void>
}

/** Begins to read. An input that ends before its first line does is a {@link StartMistake} of the given words. */
export function readFirstLine(ifNone: string): FirstLine {
  const { stdin } = process
  const ended = new Promise<void>((resolve) => stdin.once('close', () => resolve()).once('end', () => resolve()))
  const line = new Promise<string>((resolve, reject) => {
    let text = ''
    stdin.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8')
      const [first, rest] = text.split('\n')
      if (first !== undefined && rest !== undefined) resolve(first)
    })
    void ended.then(() => reject(new StartMistake(ifNone)))
  })
  return { line, ended }
}
