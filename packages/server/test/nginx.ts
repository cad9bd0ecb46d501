/** A real nginx on loopback, whose one server block the test writes. @module */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after } from 'node:test'
import { temporaryFolder } from './product.ts'

export interface Nginx {
  /** Ends the one that runs and starts another with this server block. Resolves when it answers. */
  serve(block: string): Promise<void>
}

/** Listens on a port that the blocks name too. It ends with the test file. */
export function createNginx(port: number): Nginx {
  const folder = temporaryFolder('nginx')
  mkdirSync(join(folder, 'body'))
  let stop = async (): Promise<void> => {}
  after(async () => stop())
  return {
    serve: async (block) => {
      await stop()
      const config = join(folder, 'nginx.conf')
      writeFileSync(
        config,
        `daemon off; master_process off; pid ${folder}/pid; error_log stderr warn;
events {}
http { access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/body; fastcgi_temp_path ${folder}/body; uwsgi_temp_path ${folder}/body; scgi_temp_path ${folder}/body;
server { ${block} } }`,
      )
      const child = spawn('nginx', ['-p', folder, '-c', config], {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` },
      })
      let said = ''
      child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')))
      const ended = once(child, 'exit')
      stop = async () => {
        child.kill('SIGKILL')
        await ended
      }
      for (let tries = 0; tries < 200 && child.exitCode === null; tries += 1) {
        if (await isAnswered(port)) return
        await new Promise((resolve) => setTimeout(resolve, 25))
      }
      throw new Error(`nginx did not start: ${said}`)
    },
  }
}

function isAnswered(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1')
    probe.once('connect', () => resolve(true)).once('error', () => resolve(false))
    probe.unref()
    probe.once('connect', () => probe.destroy())
  })
}
