/** A real Apache on loopback with mod_auth_openidc, whose configuration the test writes. @module */

import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startDebianServer } from './debian-server.ts'
import { temporaryFolder } from './product.ts'

export interface Apache {
  /** Everything that it wrote to its log so far. */
  readonly log: () => string
  readonly stop: () => Promise<void>
}

const modules = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'auth_openidc']

/** Serves one small file at each of the paths, behind what the configuration says of them. */
export async function startApache(port: number, paths: readonly string[], config: string): Promise<Apache> {
  const folder = temporaryFolder('apache')
  // Started by root, it reads as somebody else.
  chmodSync(folder, 0o755)
  for (const path of paths) writeFileSync(join(folder, path), `the page of ${path}`)
  const [file, log] = [join(folder, 'apache2.conf'), join(folder, 'log')]
  writeFileSync(
    file,
    `${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
ServerRoot ${folder}
DefaultRuntimeDir ${folder}
PidFile ${folder}/pid
ErrorLog ${log}
DocumentRoot ${folder}
ServerName localhost
Listen 127.0.0.1:${port}
User nobody
Group nogroup
${config}
`,
  )
  const { said, stop } = await startDebianServer('apache2', ['-X', '-f', file], port)
  const read = (): string => said() + (existsSync(log) ? readFileSync(log, 'utf8') : '')
  // It listens before it has judged what its modules are told.
  await fetch(`http://127.0.0.1:${port}/`).catch(() => {
    throw new Error(`apache2 did not start: ${read()}`)
  })
  return { log: read, stop }
}
