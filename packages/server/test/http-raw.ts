/**
 * Bytes to a listener and what comes back, for tests of what no client library
 * would send.
 *
 * @module
 */

import { connect } from 'node:net'

export interface RawAnswer {
  /** 0 when the connection closed without an answer. */
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * Sends pieces one after the other on one connection and reads every answer until
 * the connection closes. A piece may be a pause, in ms.
 */
export async function exchange(port: number, ...pieces: readonly (string | Uint8Array | number)[]): Promise<readonly RawAnswer[]> {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  // A reset after the answer is the other side's right.
  socket.on('error', () => undefined)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve())
    socket.once('error', reject)
  })
  for (const piece of pieces) {
    if (typeof piece === 'number') await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, piece))])
    else if (socket.writable) socket.write(piece)
  }
  const bound = setTimeout(() => socket.destroy(), 15_000)
  await closed
  clearTimeout(bound)
  return readAnswers(Buffer.concat(chunks).toString('latin1'))
}

function readAnswers(text: string): readonly RawAnswer[] {
  const answers: RawAnswer[] = []
  let rest = text
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n')
    if (end === -1) throw new Error(`Half an answer: ${rest}`)
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n')
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    )
    const length = Number(headers['content-length'] ?? 0)
    const status = Number(first.split(' ')[1])
    const body = status === 100 ? '' : rest.slice(end + 4, end + 4 + length)
    rest = rest.slice(end + 4 + (status === 100 ? 0 : length))
    if (status !== 100) answers.push({ status, headers, body })
  }
  return answers
}

/** The code of a problem or of an OAuth error. */
export function codeOf(answer: RawAnswer | undefined): string | undefined {
  return answer === undefined || answer.body === '' ? undefined : (JSON.parse(answer.body) as { readonly code?: string }).code
}
