/**
 * One connection to Redis or Valkey that never makes anybody wait: what is not
 * answered at once is given up, and so is the connection, since whatever was
 * asked on it would be answered too late. Another one is tried by itself.
 *
 * @module
 */

import { Unavailable, type Secret } from '#kernel'
import { bucketScript } from './redis-script.ts'

export interface RedisOptions {
  /** `rediss://host:port/database`, or `redis://` on loopback. Without a password. */
  readonly url: string
  readonly username?: string | undefined
  readonly password?: Secret<string> | undefined
  /** PEM of the authority that the server's certificate must come from; those of the system when absent. */
  readonly ca?: string | undefined
  /** Told when it is there, and when it is gone, with the reason. */
  readonly onChange?: ((isUp: boolean, why: unknown) => void) | undefined
}

export interface Redis {
  /** Runs the bucket's script. Rejects with `Unavailable` within a quarter of a second at most. */
  run(key: string, args: readonly string[]): Promise<unknown>
  isUp(): boolean
  close(): void
}

/** A bucket is answered in a tenth of a millisecond; a request does not wait longer than a person notices. */
const answerMs = 250

/** A connection takes round trips, TLS and a login. */
const connectMs = 2_000

const againMs = 1_000

/** More than this under way at once are not answered in time anyway. */
const mostUnderWay = 4_096

/** The part of the client that is used here. */
interface Client {
  readonly isReady: boolean
  on(event: 'error', listener: (error: unknown) => void): unknown
  connect(): Promise<unknown>
  unref(): void
  scriptLoad(script: string): Promise<string>
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  destroy(): void
}

/** Connects, or goes on trying. Resolves after the first try, whichever way it went. */
export async function openRedis(options: RedisOptions): Promise<Redis> {
  const make = await maker(options)
  const line = new RedisLine(make, options.onChange ?? (() => {}))
  await line.connect()
  return line
}

/** The library is loaded only where it is configured. */
async function maker({ url, username, password, ca }: RedisOptions): Promise<() => Client> {
  const { createClient } = await import('@redis/client')
  const tls = url.startsWith('rediss:') ? { tls: true as const, minVersion: 'TLSv1.3' as const, ...(ca === undefined ? {} : { ca }) } : {}
  return () =>
    createClient({
      url,
      name: 'countersign',
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password: password.reveal() }),
      socket: { ...tls, connectTimeout: connectMs, reconnectStrategy: false },
      disableOfflineQueue: true,
    })
}

class RedisLine implements Redis {
  readonly #make: () => Client
  readonly #onChange: (isUp: boolean, why: unknown) => void
  #client: Client | undefined
  #sha = ''
  #underWay = 0
  /** How many came in time. */
  #answers = 0
  #timer: NodeJS.Timeout | undefined
  #closed = false
  #wasUp: boolean | undefined

  constructor(make: () => Client, onChange: (isUp: boolean, why: unknown) => void) {
    this.#make = make
    this.#onChange = onChange
  }

  isUp(): boolean {
    return this.#client?.isReady === true
  }

  async connect(): Promise<void> {
    const client = this.#make()
    client.on('error', (error) => this.#lose(client, error))
    this.#client = undefined
    try {
      await within(connectMs, client.connect())
      client.unref()
      this.#sha = await within(connectMs, client.scriptLoad(bucketScript))
      if (this.#closed) return discard(client)
      this.#client = client
      this.#tell(true, undefined)
    } catch (error) {
      discard(client)
      this.#tell(false, error)
      this.#again()
    }
  }

  async run(key: string, args: readonly string[]): Promise<unknown> {
    const client = this.#client
    if (client === undefined || !client.isReady || this.#underWay >= mostUnderWay) throw new Unavailable('redis')
    this.#underWay += 1
    const before = this.#answers
    try {
      const answer = await within(answerMs, this.#evaluate(client, { keys: [key], arguments: [...args] }))
      this.#answers += 1
      return answer
    } catch (error) {
      // One that answers others meanwhile is slow and not gone.
      if (error instanceof Silence && this.#answers === before) this.#lose(client, error)
      throw new Unavailable('redis', error)
    } finally {
      this.#underWay -= 1
    }
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    if (this.#client !== undefined) discard(this.#client)
    this.#client = undefined
  }

  /** The database forgets scripts when it is started anew. */
  async #evaluate(client: Client, options: { keys: string[]; arguments: string[] }): Promise<unknown> {
    try {
      return await client.evalSha(this.#sha, options)
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
      return client.eval(bucketScript, options)
    }
  }

  #lose(client: Client, why: unknown): void {
    if (this.#client !== client) return
    this.#client = undefined
    discard(client)
    this.#tell(false, why)
    this.#again()
  }

  #again(): void {
    if (this.#closed) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.connect(), againMs)
    this.#timer.unref()
  }

  #tell(isUp: boolean, why: unknown): void {
    if (this.#closed || this.#wasUp === isUp) return
    this.#wasUp = isUp
    this.#onChange(isUp, why)
  }
}

class Silence extends Error {
  override readonly name = 'Silence'
}

/**
 * The answer, unless it takes longer. A process that was busy itself looks at its
 * timers first: whatever has arrived meanwhile is read before an answer counts as
 * late.
 */
async function within<Result>(ms: number, answer: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    const giveUp = (): void => reject(new Silence(`no answer within ${ms} ms`))
    timer = setTimeout(() => setImmediate(() => setImmediate(giveUp)), ms)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
    // What comes too late, or fails because the connection was given up, is nobody's.
    answer.catch(() => {})
  }
}

/** A client that never connected has nothing to destroy, and says so. */
function discard(client: Client): void {
  try {
    client.destroy()
  } catch {
    // It was closed already.
  }
}
