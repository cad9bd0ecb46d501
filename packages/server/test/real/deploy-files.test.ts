/**
 * The files of `deploy/` that no other test runs: the unit as systemd reads it,
 * the container files by what they promise.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { missing } from '../parts.ts'
import { temporaryFolder } from '../product.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const read = (path: string): string => readFileSync(join(root, 'deploy', path), 'utf8')

describe('the unit', { skip: missing('systemd-analyze') }, () => {
  const folder = temporaryFolder('unit')
  const unit = join(folder, 'countersign.service')
  writeFileSync(unit, read('systemd/countersign.service').replaceAll('/opt/countersign/', root))

  test('systemd understands every line of it', () => {
    assert.equal(execFileSync('systemd-analyze', ['verify', unit], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }), '')
  })

  test('what it may do is little: the exposure that systemd counts is below 2 of 10', () => {
    const told = execFileSync('systemd-analyze', ['security', '--offline=yes', '--threshold=20', '--no-pager', unit], { encoding: 'utf8' })
    assert.match(told, /Overall exposure level for countersign\.service: [01]\.\d/)
    for (const promise of ['NoNewPrivileges=yes', 'LimitCORE=0', 'ProtectSystem=strict', 'CapabilityBoundingSet=\n'])
      assert.ok(readFileSync(unit, 'utf8').includes(promise), promise)
  })

  test('the command that it starts is there, and works from a link', () => {
    const help = execFileSync(join(root, 'deploy/countersign'), ['start', '--help'], { encoding: 'utf8' })
    assert.match(help, /^Usage: countersign start /m)
  })
})

interface Service {
  readonly cap_drop?: readonly string[]
  readonly cap_add?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly read_only?: boolean
  readonly privileged?: boolean
  readonly network_mode?: string
  readonly volumes?: readonly string[]
  readonly ports?: readonly string[]
}

describe('the container files', () => {
  const { services } = parse(read('docker/compose.yaml')) as { readonly services: Readonly<Record<string, Service>> }

  test('every service is read-only, without capabilities and without new privileges', () => {
    assert.deepEqual(Object.keys(services), ['caddy', 'countersign'])
    for (const [name, service] of Object.entries(services)) {
      assert.equal(service.read_only, true, name)
      assert.deepEqual(service.cap_drop, ['ALL'], name)
      assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name)
      assert.equal(service.privileged, undefined, name)
    }
    assert.equal(services['countersign']?.cap_add, undefined)
    assert.equal(services['countersign']?.ports, undefined, 'only the proxy is reached from outside')
    assert.equal(services['countersign']?.network_mode, 'service:caddy')
  })

  test('files that the containers are given exist', () => {
    const mounted = Object.values(services).flatMap(({ volumes = [] }) => volumes.map((volume) => volume.split(':')[0] ?? ''))
    assert.ok(mounted.includes('../caddy/Caddyfile'))
    assert.ok(read(join('docker', '../caddy/Caddyfile')).includes('reverse_proxy 127.0.0.1:9000'))
  })

  test('the image runs as nobody in particular, from pinned bases, with nothing that the build left', () => {
    const lines = read('docker/Dockerfile')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
    const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')))
    for (const from of lines.filter((line) => line.startsWith('FROM '))) assert.match(from, /^FROM node:26-[a-z]+-slim( AS [a-z]+)?$/)
    const user = last.findIndex((line) => line === 'USER node')
    assert.ok(user > 0 && user < last.findIndex((line) => line.startsWith('ENTRYPOINT ')))
    assert.ok(!last.slice(user).some((line) => /^(RUN|COPY|ADD) /.test(line)), 'nothing is done after rights were given up')
    assert.ok(!lines.some((line) => line.startsWith('ADD ') || /curl|wget|sudo|chmod 777/.test(line)))
    assert.ok(last.some((line) => line.startsWith('COPY --from=build /packed/ ')))
    assert.match(last.at(-2) ?? '', /^ENTRYPOINT \["node", .*"\/opt\/countersign\/node_modules\/countersign\/dist\/cli\/main\.js"\]$/)
    assert.equal(last.at(-1), 'CMD ["start", "--config", "/config/countersign.yaml"]')
  })

  test('what is copied into the build holds no data, no history and no packages', () => {
    const left = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n')
    for (const name of ['.git', 'node_modules', 'data']) assert.ok(left.includes(name), name)
  })
})
