/** A real nginx on loopback, whose one server block the test writes. @module */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after } from 'node:test'
import { startDebianServer } from './debian-server.ts'
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
      stop = async () => {}
      const config = join(folder, 'nginx.conf')
      writeFileSync(
        config,
        `daemon off; master_process off; pid ${folder}/pid; error_log stderr warn;
events {}
http { access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/body; fastcgi_temp_path ${folder}/body; uwsgi_temp_path ${folder}/body; scgi_temp_path ${folder}/body;
server { ${block} } }`,
      )
      stop = (await startDebianServer('nginx', ['-p', folder, '-c', config], port)).stop
    },
  }
}
