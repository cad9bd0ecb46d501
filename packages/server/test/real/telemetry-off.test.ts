import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { countersign, freePort, startProduct, temporaryFolder } from '../product.ts'

const note = fileURLToPath(new URL('../note-loaded.ts', import.meta.url))

/** What a server loads that is started with these settings and ended again. */
async function loadedWith(settings: string): Promise<readonly string[]> {
  const folder = temporaryFolder('loaded')
  const made = await countersign(['init', '--issuer', `http://localhost:${await freePort()}`, '--folder', folder])
  assert.equal(made.code, 0, made.err)
  const config = join(folder, 'countersign.yaml')
  writeFileSync(config, readFileSync(config, 'utf8') + settings)
  const list = join(folder, 'loaded')
  const product = await startProduct(['--config', config], { NODE_OPTIONS: `--import=${note}`, NOTE_LOADED: list })
  assert.equal(await product.stop(), 0)
  return readFileSync(list, 'utf8').split('\n')
}

const heavy = /node_modules\/(prom-client|@opentelemetry)\//

test('metrics and traces that nobody configured are not loaded', { timeout: 120_000 }, async () => {
  const loaded = await loadedWith('')
  assert.ok(loaded.some((url) => url.endsWith('/src/app/telemetry/telemetry.ts')))
  assert.deepEqual(
    loaded.filter((url) => heavy.test(url)),
    [],
  )
})

test('those that are configured are', { timeout: 120_000 }, async () => {
  const metrics = `metrics: { listen: { host: 127.0.0.1, port: ${await freePort()} } }\n`
  const loaded = await loadedWith(`${metrics}tracing: { collector: "http://127.0.0.1:9/v1/traces" }\n`)
  for (const name of ['prom-client', '@opentelemetry/sdk-trace'])
    assert.ok(
      loaded.some((url) => url.includes(`node_modules/${name}/`)),
      name,
    )
})
