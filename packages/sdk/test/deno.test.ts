/** The same suite on an edge runtime: Deno, from the npm package that brings its program. @module */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL(`../../../node_modules/@deno/${process.platform}-${process.arch}-glibc/deno`, import.meta.url))
const script = fileURLToPath(new URL('deno.ts', import.meta.url))

/** Nothing but loopback may be reached, nothing is fetched, nothing of the machine is seen. */
const sandbox = [
  '--no-config',
  '--no-lock',
  '--no-remote',
  '--no-npm',
  '--no-check',
  '--no-prompt',
  '--cached-only',
  '--allow-net=127.0.0.1',
]

const skip = existsSync(program) ? false : `Deno is not on this machine: npm install @deno/${process.platform}-${process.arch}-glibc`

test('the SDK does the same on Deno', { skip, timeout: 120_000 }, async () => {
  const child = spawn(program, ['run', ...sandbox, script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1', DENO_DIR: '/nonexistent' },
  })
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  const lines = output.trimEnd().split('\n')
  assert.equal(code, 0, errors)
  assert.match(lines.at(-1) ?? '', /^Deno .* is done$/, errors)
  assert.deepEqual(
    lines.filter((line) => line.startsWith('FAILED')),
    [],
  )
  assert.ok(lines.filter((line) => line.startsWith('ok ')).length > 200, `only ${lines.length} cases ran`)
})
