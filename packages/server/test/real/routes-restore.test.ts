/** Routes after a restore: what was there is served again, what was deleted after the backup is not. */

import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { countersign, startProduct } from '../product.ts'
import { startProduction } from '../production.ts'
import { runCommand } from '../terminal.ts'
import { Traveller } from '../traveller.ts'

test('a route comes back by a restore, and one that was deleted after the backup does not', { timeout: 120_000 }, async () => {
  const { product, folder, admin, gatewayPort } = await startProduction({ app: (_request, response) => response.end('the app') })
  after(async () => product.stop('SIGKILL'))
  const config = join(folder, 'countersign.yaml')
  const backups = join(folder, 'backups')
  const originOf = (name: string): string => `http://${name}.localhost:${gatewayPort}`
  const { items: configured } = (await admin('GET', '/routes')) as { readonly items: readonly { readonly upstream: string }[] }
  const make = async (name: string): Promise<string> => {
    const paths = [{ path: '/*', open: 'anyone' }]
    const route = { origin: originOf(name), name, policyStore: 'app', upstream: configured[0]?.upstream, paths }
    return ((await admin('POST', '/routes', route)) as { readonly id: string }).id
  }
  const [kept, gone] = [await make('kept'), await make('gone')]
  const run = async (...words: readonly string[]): Promise<string> => {
    const { code, out, err } = await countersign([...words, '--config', config, '--json'])
    assert.equal(code, 0, err)
    return out
  }
  const { folder: backup } = JSON.parse(await run('backup', '--out', backups)) as { readonly folder: string }
  await admin('DELETE', `/routes/${gone}`)
  await run('backup', 'keys', '--out', backups)
  product.child.kill('SIGKILL')
  await product.stop()
  rmSync(product.dataDir, { recursive: true })
  await run('restore', backup)

  const again = await startProduct(['--config', config])
  try {
    const traveller = new Traveller()
    assert.equal((await traveller.ask(originOf('kept'))).text, 'the app')
    assert.equal((await traveller.ask(originOf('gone'))).status, 421)
    const listed = await runCommand(['routes', 'list', '--json', '--data', again.dataDir])
    const { items } = JSON.parse(listed.out) as { readonly items: readonly { readonly id: string; readonly served: boolean }[] }
    assert.deepEqual(
      items.slice(1).map(({ id, served }) => [id, served]),
      [
        [kept, true],
        [gone, false],
      ],
    )
  } finally {
    await again.stop()
  }
})
