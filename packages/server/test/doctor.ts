/**
 * Set-ups for the doctor: what `countersign init` makes, started or not, and a
 * way to ask what is found. Each test breaks one thing and puts it right again.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { countersign, startProduct, temporaryFolder, type Product } from './product.ts'
import { runCommand } from './terminal.ts'

export interface SetUp {
  readonly folder: string
  readonly config: string
  readonly data: string
  /** A copy of the configuration beside it, with other settings. */
  changed(settings: Readonly<Record<string, unknown>>): string
}

/** Runs init. */
export async function setUp(issuer: string, words: readonly string[] = [], env: Record<string, string> = {}): Promise<SetUp> {
  const folder = temporaryFolder('doctor')
  const made = await countersign(['init', '--issuer', issuer, '--folder', folder, '--json', ...words], '', env)
  assert.equal(made.code, 0, made.err)
  const config = join(folder, 'countersign.yaml')
  let copies = 0
  return {
    folder,
    config,
    data: join(folder, 'data'),
    changed: (settings) => {
      const path = join(folder, `changed-${(copies += 1)}.yaml`)
      writeFileSync(path, stringify({ ...(parse(readFileSync(config, 'utf8')) as object), ...settings }), { mode: 0o600 })
      return path
    },
  }
}

export async function started({ config }: SetUp, env: Record<string, string> = {}): Promise<Product> {
  return startProduct(['--config', config, '--server-only'], env)
}

interface Found {
  readonly check: string
  readonly says: string
  readonly advice: string
}

export interface Diagnosis {
  readonly code: number
  /** Names of the checks that found something, sorted. */
  readonly names: readonly string[]
  readonly notes: readonly string[]
  readonly says: string
}

export async function diagnosed(config: string, words: readonly string[] = []): Promise<Diagnosis> {
  return read(await runCommand(['doctor', '--config', config, '--json', ...words]))
}

/** What the doctor printed, with every sentence looked at: whole, and with nothing left out. */
export function read(ran: { readonly code: number | null; readonly out: string; readonly err: string }): Diagnosis {
  assert.equal(ran.err, '')
  const { findings, notes } = JSON.parse(ran.out) as { readonly findings: readonly Found[]; readonly notes: readonly Found[] }
  for (const { check, says, advice } of [...findings, ...notes]) {
    for (const sentence of [says, advice]) {
      assert.match(sentence, /^[^a-z].*[.)]$/, check)
      assert.doesNotMatch(sentence, /[{}]|undefined/, check)
    }
  }
  const names = (list: readonly Found[]): readonly string[] => list.map(({ check }) => check).sort()
  const says = findings.map((finding) => finding.says).join('\n')
  return { code: ran.code ?? -1, names: names(findings), notes: names(notes), says }
}
