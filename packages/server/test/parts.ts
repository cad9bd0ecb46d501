/**
 * Real parts that npm cannot bring. A test that needs one and does not find it
 * is skipped with the line that installs it; where COUNTERSIGN_SKIP_NOTHING is
 * set, as in `.ci/run`, it fails instead.
 *
 * @module
 */

import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const debianPackages: Readonly<Record<string, string>> = {
  strace: 'strace',
  'libnss3.so': 'libnss3',
  promtool: 'prometheus',
  faketime: 'faketime',
  script: 'bsdutils',
  nginx: 'nginx-light',
  openssl: 'openssl',
  'redis-server': 'redis-server',
  'systemd-analyze': 'systemd',
  apache2: 'libapache2-mod-auth-openidc',
  'mod_auth_openidc.so': 'libapache2-mod-auth-openidc',
  authlib: 'python3-authlib',
  requests: 'python3-requests',
}

const libraries = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
  '/usr/lib',
  '/usr/lib/apache2/modules',
  '/usr/lib/python3/dist-packages',
]

/** What to hand to node:test as `skip`: false when the part is here, else the reason with the line that installs it. */
export function missing(part: string): string | false {
  // Servers are where only root looks by itself.
  const places = [...libraries, ...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']
  if (places.some((place) => isThere(join(place, part)))) return false
  const reason = `${part} is not on this machine: apt-get install ${debianPackages[part] ?? part}`
  if (process.env['COUNTERSIGN_SKIP_NOTHING'] !== undefined) throw new Error(reason)
  return reason
}

function isThere(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}
