/**
 * The reverse proxies of `deploy/` as Debian brings them, with the files as they
 * are there: only names, ports and paths are put in.
 *
 * @module
 */

import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Issued } from './http-certificates.ts'
import { until } from './metrics.ts'
import { temporaryFolder } from './product.ts'

const deploy = fileURLToPath(new URL('../../../deploy/', import.meta.url))

export interface ProxyPlace {
  /** Plain http, and https. */
  readonly ports: { readonly plain: number; readonly encrypted: number }
  /** Of the identity server and the gateway. */
  readonly behind: { readonly server: number; readonly gateway: number }
  readonly certificate: Issued
}

export interface RunningProxy {
  log(): string
  stop(): Promise<void>
}

interface Program {
  /** The words that start it in the foreground, once its configuration is written into the folder. */
  prepare(folder: string, place: ProxyPlace): readonly string[]
}

/** Names and places of the examples become those of the test. */
function fitted(file: string, folder: string, { behind }: ProxyPlace): string {
  return readFileSync(join(deploy, file), 'utf8')
    .replaceAll('example.com', 'example.test')
    .replaceAll('/etc/countersign/tls', folder)
    .replaceAll('127.0.0.1:9000', `127.0.0.1:${behind.server}`)
    .replaceAll('127.0.0.1:9001', `127.0.0.1:${behind.gateway}`)
}

export const proxies: Readonly<Record<'nginx' | 'caddy' | 'haproxy', Program>> = {
  nginx: {
    prepare: (folder, place) => {
      const { plain, encrypted } = place.ports
      const site = fitted('nginx/countersign.conf', folder, place)
        .replaceAll('listen 80', `listen 127.0.0.1:${plain}`)
        .replaceAll('listen 443', `listen 127.0.0.1:${encrypted}`)
        .replace('/var/log/nginx', folder)
      writeFileSync(join(folder, 'site.conf'), site)
      const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')
      const asRoot = process.getuid?.() === 0 ? 'user root;' : ''
      writeFileSync(
        join(folder, 'nginx.conf'),
        `${asRoot} daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr warn; events {} http { ${paths} include ${folder}/site.conf; }`,
      )
      return ['nginx', '-e', 'stderr', '-c', join(folder, 'nginx.conf')]
    },
  },
  caddy: {
    prepare: (folder, place) => {
      const { plain, encrypted } = place.ports
      const text = fitted('caddy/Caddyfile', folder, place).replace(
        'admin off',
        `admin off\n\thttp_port ${plain}\n\thttps_port ${encrypted}\n\tdefault_bind 127.0.0.1`,
      )
      writeFileSync(join(folder, 'Caddyfile'), text)
      return ['caddy', 'run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile']
    },
  },
  haproxy: {
    prepare: (folder, place) => {
      const { plain, encrypted } = place.ports
      const text = fitted('haproxy/haproxy.cfg', folder, place)
        .replace('bind :80', `bind 127.0.0.1:${plain}`)
        .replace('bind :443', `bind 127.0.0.1:${encrypted}`)
      writeFileSync(join(folder, 'haproxy.cfg'), text)
      return ['haproxy', '-db', '-f', join(folder, 'haproxy.cfg')]
    },
  },
}

export async function startProxy(name: keyof typeof proxies, place: ProxyPlace): Promise<RunningProxy> {
  const folder = temporaryFolder(name)
  chmodSync(folder, 0o700)
  mkdirSync(join(folder, 'home'))
  const { certificate, key } = place.certificate
  writeFileSync(join(folder, 'fullchain.pem'), certificate)
  writeFileSync(join(folder, 'key.pem'), key, { mode: 0o600 })
  writeFileSync(join(folder, 'bundle.pem'), certificate + key, { mode: 0o600 })
  const [program = '', ...words] = proxies[name].prepare(folder, place)
  const child = spawn(program, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin`, HOME: join(folder, 'home') },
  })
  let heard = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (heard += chunk.toString('utf8')))
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const killWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', killWithUs)
  await until(`${name} listens: ${heard}`, async () => {
    if (child.exitCode !== null) throw new Error(`${name} ended: ${heard}`)
    return isOpen(place.ports.encrypted)
  })
  return {
    log: () => heard,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
      process.removeListener('exit', killWithUs)
    },
  }
}

async function isOpen(port: number): Promise<boolean> {
  const probe = connect(port, '127.0.0.1')
  return new Promise<boolean>((resolve) => {
    probe.once('connect', () => resolve(true)).once('error', () => resolve(false))
  }).finally(() => probe.destroy())
}
