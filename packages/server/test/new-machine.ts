/**
 * A machine on which somebody follows a guide: a folder in which its paths lie,
 * and one shell that runs its commands. Root, systemd and the registry of
 * packages are stood in for: `sudo` runs what it is given, `systemctl` runs what
 * the installed unit says, `npm ci` links what is installed here already. nginx,
 * git, curl, openssl and Countersign are the real ones.
 *
 * @module
 */

import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Authority } from './http-certificates.ts'
import { movePlaces, type Move } from './move-places.ts'
import { temporaryFolder } from './product.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Ports of the guide, and what stands for them here. */
export type Ports = Readonly<Record<80 | 443 | 9000 | 9001 | 9464 | 9465, number>>

export interface Machine {
  readonly folder: string
  /** Runs a block of the guide. Its output; throws with it when a command fails. */
  run(block: string): Promise<string>
  /** A later version appears where the program came from. */
  release(tag: string): void
  close(): Promise<void>
}

/** Folders of the guide, which lie in the folder of the machine. */
const places = ['/etc/countersign', '/etc/nginx', '/etc/systemd', '/opt/countersign', '/usr/local/bin', '/var/lib', '/var/backups']

export function openMachine(ports: Ports, authority: Authority, hosts: readonly string[]): Machine {
  const folder = temporaryFolder('newcomer')
  const at = (path: string): string => join(folder, path)
  for (const path of [
    'bin',
    'run',
    'root',
    'opt',
    'var/log/nginx',
    'usr/local/bin',
    'etc/nginx/conf.d',
    'etc/systemd/system',
    'etc/countersign/tls',
  ])
    mkdirSync(at(path), { recursive: true })
  const { certificate, key } = authority.issue({ hosts })
  writeFileSync(at('etc/countersign/tls/fullchain.pem'), certificate)
  writeFileSync(at('etc/countersign/tls/key.pem'), key, { mode: 0o600 })
  writeFileSync(at('ca.pem'), authority.certificate)
  const led = hosts.map((host) => `connect-to = "${host}:443:127.0.0.1:${ports[443]}"\n`).join('')
  writeFileSync(at('root/.curlrc'), `cacert = "${at('ca.pem')}"\n${led}`)
  publishSource(at('source'))

  const moving: Move = { folder, places, ports }
  const move = `node '${join(import.meta.dirname, 'move-places.ts')}' '${JSON.stringify(moving)}'`
  const program = (name: string, text: string): void => {
    writeFileSync(at(`bin/${name}`), `#!/bin/bash\nset -euo pipefail\n${text}`)
    chmodSync(at(`bin/${name}`), 0o755)
  }
  program('sudo', '[ "$1" = -u ] && shift 2\nexec "$@"\n')
  for (const name of ['useradd', 'chown']) program(name, 'exit 0\n')
  program('npm', `[ "$1" = ci ] && ln -sfn '${join(root, 'node_modules')}' node_modules\n`)
  program('nginx', nginx(folder, move))
  program('systemctl', systemctl(folder, move))

  const shell = spawn('bash', ['-euo', 'pipefail'], {
    cwd: at('root'),
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      PATH: `${at('bin')}:${at('usr/local/bin')}:${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}:/usr/sbin`,
      HOME: at('root'),
      CURL_HOME: at('root'),
    },
  })
  const release = (tag: string): void => {
    writeFileSync(at('source/RELEASED'), tag)
    git(at('source'), 'add', '-A')
    git(at('source'), 'commit', '-m', tag)
    git(at('source'), 'tag', tag)
  }
  return { folder, release, run: async (block) => runBlock(shell, movePlaces(block, moving)), close: async () => end(shell, at('run')) }
}

/** The source as it stands here, committed or not, as something that can be cloned. */
function publishSource(to: string): void {
  const left = new Set(['node_modules', '.git', 'data', 'build'])
  const filter = (path: string): boolean => !left.has(relative(root, path).split('/').at(-1) ?? '')
  cpSync(root, to, { recursive: true, filter, verbatimSymlinks: true })
  git(to, 'init')
  git(to, 'add', '-A')
  git(to, 'commit', '-m', 'as it stands')
}

function git(folder: string, ...words: readonly string[]): void {
  const as = { 'user.name': 'test', 'user.email': 'test@example.com', 'init.defaultBranch': 'main' }
  const settings = Object.entries(as).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  execFileSync('git', [...settings, ...words], { cwd: folder, stdio: 'ignore' })
}

/** The real nginx, with what the guide put into its folder. */
function nginx(folder: string, move: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/run/${name};`).join(' ')
  const asRoot = process.getuid?.() === 0 ? 'user root;' : ''
  const main = `${asRoot} worker_processes 1; daemon off; pid ${folder}/run/nginx.own; error_log stderr warn; events {} http { ${temporary} include ${folder}/run/site.conf; }`
  return [
    `cat '${folder}'/etc/nginx/conf.d/*.conf | ${move} > '${folder}/run/site.conf'`,
    `echo '${main}' > '${folder}/run/nginx.conf'`,
    `exec /usr/sbin/nginx -e stderr -c '${folder}/run/nginx.conf' "$@"\n`,
  ].join('\n')
}

/** Starts and stops what the installed unit says, as systemd would. */
function systemctl(folder: string, move: string): string {
  return `
run='${folder}/run'
stop() {
  [ -f "$run/$1.pid" ] || return 0
  pid=$(cat "$run/$1.pid")
  kill -TERM "$pid" 2>/dev/null || true
  while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
}
start() {
  if [ "$1" = nginx ]; then words=(nginx)
  else read -ra words < <(sed -n 's/^ExecStart=//p' "${folder}/etc/systemd/system/$1.service" | ${move}); fi
  setsid "\${words[@]}" < /dev/null >> "$run/$1.log" 2>&1 &
  echo $! > "$run/$1.pid"
}
case "$*" in
  daemon-reload) ;;
  "enable --now "*) stop "$3"; start "$3" ;;
  "restart "*) stop "$2"; start "$2" ;;
  *) echo "systemctl $* is not known here" >&2; exit 1 ;;
esac
`
}

const done = 'that block is done'

async function runBlock(shell: ChildProcess, block: string): Promise<string> {
  let heard = ''
  return new Promise((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      heard += chunk.toString('utf8')
      if (!heard.includes(`${done}\n`)) return
      forget()
      resolve(heard.replace(`${done}\n`, ''))
    }
    const ended = (): void => {
      forget()
      reject(new Error(`a command failed:\n${block}\n${heard}`))
    }
    const forget = (): void => {
      for (const stream of [shell.stdout, shell.stderr]) stream?.removeListener('data', hear)
      shell.removeListener('close', ended)
    }
    for (const stream of [shell.stdout, shell.stderr]) stream?.on('data', hear)
    shell.once('close', ended)
    shell.stdin?.write(`${block}\necho '${done}'\n`)
  })
}

async function end(shell: ChildProcess, run: string): Promise<void> {
  shell.kill('SIGKILL')
  for (const name of ['countersign', 'nginx']) {
    const file = join(run, `${name}.pid`)
    if (!existsSync(file)) continue
    try {
      process.kill(Number(readFileSync(file, 'utf8')), 'SIGTERM')
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
    }
    rmSync(file)
  }
}
