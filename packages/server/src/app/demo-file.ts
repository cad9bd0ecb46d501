/**
 * `demo.json`: the ports of a demo, and the passwords and secrets that exist
 * nowhere else in clear. It is written before what it tells of, so that a start
 * that was cut off can go on.
 *
 * @module
 */

import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { randomText } from '#kernel'
import { ownerRole } from './house-setup.ts'
import { StartMistake } from './mistake.ts'
import { writeNew } from './write-config.ts'

export interface DemoAccount {
  readonly username: string
  readonly name: string
  readonly password: string
  readonly roles: readonly string[]
}

export interface DemoPorts {
  /** Part of the issuer, so the data opens at this one only. */
  readonly port: number
  readonly gatewayPort: number
}

export interface DemoFile {
  readonly version: 1
  /** A demo that was made before they were kept has none. */
  readonly ports?: DemoPorts
  readonly accounts: readonly DemoAccount[]
  readonly clientSecrets: Readonly<Record<'demo-service' | 'demo-web' | 'demo-admin' | 'notes', string>>
}

/** The demo in this folder, which is made where it is missing. Undefined when the folder is empty; what is something else's is left alone. */
export function findDemo(folder: string): DemoFile | undefined {
  const names = namesIn(folder)
  if (names.length === 0) return undefined
  if (!names.includes(fileName)) {
    throw new StartMistake(`${folder} holds something that the demo did not make. Give it another folder with --data.`)
  }
  const path = join(folder, fileName)
  const file = readDemoFile(path)
  if (file !== undefined) return file
  // Alone, it was cut off while it was being written, and nothing was made from it yet.
  if (names.length > 1)
    throw new StartMistake(`${path} is not what the demo wrote, and without it nobody can sign in. Give it another folder with --data.`)
  rmSync(path)
  return undefined
}

/** A demo for this folder, with fresh passwords. */
export function makeDemo(folder: string, ports: DemoPorts): DemoFile {
  const account = (username: string, name: string, ...roles: readonly string[]): DemoAccount => ({
    username,
    name,
    password: randomText(20),
    roles,
  })
  const made: DemoFile = {
    version: 1,
    ports,
    accounts: [
      account('alice', 'Alice Moreau', 'editor'),
      account('bob', 'Bob Adeyemi', 'viewer'),
      account('admin', 'Ada Administrator', ownerRole),
    ],
    clientSecrets: { 'demo-service': newSecret(), 'demo-web': newSecret(), 'demo-admin': newSecret(), notes: newSecret() },
  }
  writeNew(join(folder, fileName), `${JSON.stringify(made, null, 2)}\n`, 0o600)
  return made
}

const fileName = 'demo.json'

function namesIn(folder: string): readonly string[] {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return readdirSync(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error)
      throw new StartMistake(`The folder ${folder} cannot be used (${String(error.code)}).`, { cause: error })
    throw error
  }
}

/** Undefined for what is no whole file of ours. */
function readDemoFile(path: string): DemoFile | undefined {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Partial<DemoFile> | null
    const isWhole = value?.version === 1 && Array.isArray(value.accounts) && typeof value.clientSecrets === 'object'
    return isWhole ? (value as DemoFile) : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    if (error instanceof Error && 'code' in error)
      throw new StartMistake(`${path} cannot be read (${String(error.code)}).`, { cause: error })
    throw error
  }
}

function newSecret(): string {
  return `cs1_${randomText(43)}`
}
