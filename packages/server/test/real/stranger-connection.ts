/**
 * A stranger's connection: bytes out, answers in, one after the other, from any
 * loopback address, so that no limit of one network hides what a request costs.
 *
 * @module
 */

import { connect, type Socket } from 'node:net'

export interface StrangerAnswer {
  /** 0 when the connection closed without an answer. */
  readonly status: number
  readonly head: string
  readonly body: string
}

/** Loopback addresses that are each a network of their own to the limits. */
export function loopback(network: number, host: number): string {
  return `127.${10 + (network % 200)}.${Math.floor(host / 250) % 250}.${1 + (host % 250)}`
}

export class StrangerConnection {
  readonly #port: number
  readonly #from: string
  #socket: Socket | undefined
  #heard: Buffer = Buffer.alloc(0)
  #tell: (() => void) | undefined
  #isOpen = false

  constructor(port: number, from: string) {
    this.#port = port
    this.#from = from
  }

  /** Sends a request, on a new connection where the last answer closed the old one. */
  async ask(bytes: Uint8Array): Promise<StrangerAnswer> {
    if (!this.#isOpen) await this.#open()
    this.#socket?.write(bytes)
    const boundMs = performance.now() + 20_000
    for (;;) {
      const answer = this.#take()
      if (answer !== undefined) return answer
      if (!this.#isOpen) return { status: 0, head: '', body: '' }
      if (performance.now() > boundMs) throw new Error(`no answer to ${Buffer.from(bytes.subarray(0, 80)).toString('latin1')}`)
      await this.#news()
    }
  }

  end(): void {
    this.#isOpen = false
    this.#socket?.destroy()
  }

  async #open(): Promise<void> {
    const socket = connect({ host: '127.0.0.1', port: this.#port, localAddress: this.#from, noDelay: true })
    this.#socket = socket
    this.#heard = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      this.#heard = Buffer.concat([this.#heard, chunk])
      this.#tell?.()
    })
    // A reset after the answer is the other side's right.
    socket.on('error', () => undefined)
    socket.once('close', () => {
      if (this.#socket === socket) this.#isOpen = false
      this.#tell?.()
    })
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    this.#isOpen = true
  }

  async #news(): Promise<void> {
    const late = setTimeout(() => this.#tell?.(), 1_000)
    await new Promise<void>((resolve) => (this.#tell = resolve))
    clearTimeout(late)
    this.#tell = undefined
  }

  /** Where the message ends; undefined while its last chunk (RFC 9112 section 7.1) has not come. Chunks are left as they are. */
  #endOfBody(head: string, start: number): number | undefined {
    if (!/\r\ntransfer-encoding: chunked/i.test(head)) return start + Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
    const last = this.#heard.indexOf('\r\n0\r\n\r\n', start - 2)
    return last === -1 ? undefined : last + '\r\n0\r\n\r\n'.length
  }

  #take(): StrangerAnswer | undefined {
    const end = this.#heard.indexOf('\r\n\r\n')
    if (end === -1) return undefined
    const head = this.#heard.subarray(0, end).toString('latin1')
    const whole = this.#endOfBody(head, end + 4)
    if (whole === undefined || this.#heard.length < whole) return undefined
    const body = this.#heard.subarray(end + 4, whole).toString('utf8')
    this.#heard = this.#heard.subarray(whole)
    if (/\r\nconnection: close/i.test(head)) this.end()
    return { status: Number(head.split(' ')[1]), head, body }
  }
}
