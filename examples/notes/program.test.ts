import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const folder = mkdtempSync(join(tmpdir(), 'countersign-notes-program-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const common = { issuer: 'http://localhost:9', publicOrigin: 'http://notes.localhost:9001', audience: 'http://notes.localhost:9001/api' }
const told = {
  'api.ts': { ...common, dataDir: join(folder, 'data') },
  'app.ts': { ...common, apiUrl: 'http://127.0.0.1:9', client_id: 'notes', client_secret: 'hush' },
}

interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
  readonly errors: string
}

/** Runs a program until it has ended; `onLine` gets its first line. */
async function run(program: string, input: string | undefined, onLine: (pid: number, end: () => void) => void): Promise<Ended> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(program, import.meta.url))], { env: {} })
  const said = { output: '', errors: '' }
  child.stderr.on('data', (chunk: Buffer) => (said.errors += chunk.toString()))
  child.stdout.on('data', (chunk: Buffer) => {
    said.output += chunk.toString()
    if (said.output.endsWith('\n')) onLine(child.pid ?? 0, () => child.stdin.end())
  })
  if (input === undefined) child.stdin.end()
  else child.stdin.write(`${input}\n`)
  return new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal, ...said })))
}

for (const program of ['api.ts', 'app.ts'] as const) {
  const settings = JSON.stringify(told[program])
  for (const [says, stop] of [
    ['it is asked to', (pid: number) => void process.kill(pid, 'SIGTERM')],
    ['its input ends', (_pid: number, end: () => void) => end()],
  ] as const) {
    test(`${program} ends well when ${says}`, async () => {
      const { code, signal, output, errors } = await run(program, settings, stop)
      assert.deepEqual({ code, signal, errors }, { code: 0, signal: null, errors: '' })
      assert.match(output, /^\{"ready":true,"port":\d+\}\n$/)
    })
  }
}

writeFileSync(join(folder, 'a file'), '')
for (const [program, input, sentence] of [
  ['api.ts', JSON.stringify({ ...told['api.ts'], listen: { host: '0.0.0.0', port: 0 } }), /^Notes listens on 127\.0\.0\.1 or ::1 only/],
  ['app.ts', JSON.stringify({ ...told['app.ts'], listen: { host: '0.0.0.0', port: 0 } }), /^Notes listens on 127\.0\.0\.1 or ::1 only/],
  ['api.ts', JSON.stringify({ ...told['api.ts'], dataDir: join(folder, 'a file', 'data') }), /\(ENOTDIR\)\.$/],
  ['app.ts', undefined, /none came\.$/],
] as const) {
  test(`${program} answers a mistake with one line and 1: ${String(sentence)}`, async () => {
    const { code, output, errors } = await run(program, input, () => undefined)
    assert.deepEqual({ code, errors }, { code: 1, errors: '' })
    assert.match(output, /^[^\n]+\n$/)
    assert.match((JSON.parse(output) as { readonly mistake: string }).mistake, sentence)
  })
}
