/**
 * Processes of ours: the gateway, the workers of a server of several processes,
 * and in the demo the Notes app. Each is given its settings as one line of JSON
 * on standard input, says one line of JSON when it is ready, and ends when that
 * input ends, so none outlives its parent.
 *
 * @module
 */

import { spawn, type ChildProcess } from 'node:child_process'
import type { Log } from './log.ts'
import { StartMistake } from './mistake.ts'

export interface Child {
  readonly name: string
  readonly pid: number
  /** What it said when it was ready. */
  readonly ready: Readonly<Record<string, unknown>>
  /** Resolves when it has ended. */
  readonly ended: Promise<void>
  /** Asks it to end, and makes it after the given time. */
  stop(graceMs: number): Promise<void>
}

/** How long a child may take to be ready. The slowest machine that we test on needs two seconds. */
const patienceMs = 30_000

/** Starts a Node program and waits until it says that it is ready. */
export async function startChild(
  name: string,
  program: readonly string[],
  settings: object,
  log: Log,
  withinMs: number = patienceMs,
): Promise<Child> {
  // The settings hold secrets, so they go through the pipe: arguments and the environment can be read by others.
  return settle(
    name,
    spawn(process.execPath, [...process.execArgv, ...program], { stdio: ['pipe', 'pipe', 'inherit'], env: {} }),
    settings,
    log,
    withinMs,
  )
}

/** The same for a process that was begun in another way, with pipes for its input and output. */
export async function settle(name: string, child: ChildProcess, settings: object, log: Log, withinMs: number = patienceMs): Promise<Child> {
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.stdin?.on('error', () => log.warn('a child stopped reading', { name }))
  child.stdin?.write(`${JSON.stringify(settings)}\n`)
  const ready = await firstLine(name, child, withinMs)
  return { name, pid: child.pid ?? 0, ready, ended, stop: async (graceMs) => stop(child, ended, graceMs) }
}

async function firstLine(name: string, child: ChildProcess, withinMs: number): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail('did not start in time'), withinMs)
    const fail = (why: string): void => give(`The ${name} ${why}.`)
    const give = (sentence: string): void => {
      clearTimeout(timer)
      child.kill('SIGKILL')
      reject(new StartMistake(sentence))
    }
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8')
      const [line, rest] = text.split('\n')
      if (rest === undefined || line === undefined) return
      clearTimeout(timer)
      child.stdout?.removeAllListeners('data').resume()
      const said = readObject(line)
      if (said === undefined) fail('said something else than that it is ready')
      else if (typeof said['sentence'] === 'string') give(said['sentence'])
      else if (typeof said['mistake'] === 'string') fail(`cannot start: ${said['mistake']}`)
      else resolve(said)
    })
    child.once('error', () => fail('could not be started'))
    child.once('exit', (code) => fail(`ended with ${String(code)} before it was ready`))
  })
}

function readObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

async function stop(child: ChildProcess, ended: Promise<void>, graceMs: number): Promise<void> {
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
  await ended
  clearTimeout(timer)
}
