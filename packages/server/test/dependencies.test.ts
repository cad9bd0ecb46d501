import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** The dependencies that a manifest names. */
function dependenciesOf(path: string): readonly string[] {
  const manifest = JSON.parse(readFileSync(root + path, 'utf8')) as { readonly dependencies?: Readonly<Record<string, string>> }
  return Object.keys(manifest.dependencies ?? {}).sort()
}

test('each run-time dependency says why it is there and how we would leave', () => {
  const text = readFileSync(`${root}docs/reference/dependencies.md`, 'utf8')
  const listed = [...text.matchAll(/^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \|$/gm)].map(([, name = '']) => name).sort()
  assert.deepEqual(listed, dependenciesOf('packages/server/package.json'))
})

test('the SDK and the policy engine depend on nothing', () => {
  assert.deepEqual(dependenciesOf('packages/sdk/package.json'), [])
  assert.deepEqual(dependenciesOf('packages/cedar/package.json'), [])
})

test('versions are exact, so that a build today is a build tomorrow', () => {
  for (const path of [
    'package.json',
    'packages/cedar/package.json',
    'packages/server/package.json',
    'examples/notes/package.json',
    'bench/package.json',
  ]) {
    const manifest = JSON.parse(readFileSync(root + path, 'utf8')) as Readonly<Record<string, Readonly<Record<string, string>> | undefined>>
    for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies']) {
      for (const [name, version] of Object.entries(manifest[kind] ?? {})) assert.match(version, /^\d+\.\d+\.\d+/, `${path}: ${name}`)
    }
  }
})
