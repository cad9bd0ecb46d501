/** The record in a file that is verified without the server, at the command line. @module */

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { freePort, startProduct, temporaryFolder } from '../product.ts'
import { runCommand, type Ran } from '../terminal.ts'

const folder = temporaryFolder('cli-export')
const port = await freePort()
const made = await runCommand(['init', '--issuer', `http://localhost:${port}`, '--folder', folder])
assert.equal(made.code, 0, made.err)
const product = await startProduct(['--config', join(folder, 'countersign.yaml')])
after(async () => product.stop('SIGKILL'))
const data = join(folder, 'data')
const file = join(folder, 'record.jsonl')

const on = async (...words: readonly string[]): Promise<Ran> => runCommand([...words, '--data', data])
const verify = async (path: string, ...words: readonly string[]): Promise<Ran> => runCommand(['audit', 'verify', '--file', path, ...words])

test('the record is written whole to a file of its own and verifies without the server; a changed byte does not', async () => {
  for (const name of ['exa', 'exb', 'exc']) assert.equal((await on('users', 'create', name)).code, 0)
  writeFileSync(file, 'what was there before')
  const written = await on('audit', 'export', '--output', file)
  assert.equal(written.code, 0, written.err)
  assert.equal(written.out, '')
  assert.match(written.err, /record\.jsonl: \d+ bytes\. Verify it anywhere: countersign audit verify --file /)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.ok(!readdirSync(folder).some((name) => name.endsWith('.part')))
  const text = readFileSync(file, 'utf8')
  assert.match(text, /"what":"user\.created"/)
  assert.doesNotMatch(text, /\bexa\b/, 'names stay sealed')

  const found = await verify(file)
  assert.equal(found.code, 0, found.err)
  const [, key = ''] =
    /^The export is whole: \d+ events of localhost:\S+, from number 0 on\.\nIt was signed by (\S+), which came with the file/.exec(
      found.out,
    ) ?? []
  assert.match((await verify(file, '--key', key)).out, /the key that you gave\./)
  writeFileSync(file, text.replace('"outcome":"done"', '"outcome":"gone"'))
  const changed = await verify(file)
  assert.deepEqual(
    [changed.code, changed.out],
    [5, 'The events are not those that were signed: at least one was changed.\nThe export is not what the server signed.\n'],
  )
})

test('what cannot be exported or verified is said, and nothing is left behind', async () => {
  const other = join(folder, 'none', 'record.jsonl')
  assert.equal((await on('audit', 'export', '--output', other)).code, 2)
  assert.ok(!existsSync(other))
  assert.equal((await on('audit', 'export', '--output', file, '--what', 'user.created')).code, 2)
  assert.equal((await on('audit', 'export', '--from', '1')).code, 2)
  const far = await on('audit', 'export', '--output', join(folder, 'far.jsonl'), '--from', '100000000')
  assert.match(far.err, /audit\.unknown_place/)
  assert.ok(!existsSync(join(folder, 'far.jsonl')))
  assert.match((await verify(join(folder, 'nothing'))).err, /cannot be read \(ENOENT\)/)
  assert.equal((await runCommand(['audit', 'verify', '--key', 'x', '--data', data])).code, 2)
})

test('a time of the record is written, and verifies', async () => {
  const [ours, later] = [join(folder, 'ours.jsonl'), join(folder, 'later.jsonl')]
  assert.equal((await on('audit', 'export', '--output', ours, '--since', '1h', '--until', '2999-01-01')).code, 0)
  assert.match(readFileSync(ours, 'utf8'), /"what":"user\.created"/)
  assert.equal((await verify(ours)).code, 0)
  assert.equal((await on('audit', 'export', '--output', later, '--since', '2999-01-01')).code, 0)
  assert.doesNotMatch(readFileSync(later, 'utf8'), /"what":"user\.created"/)
  assert.equal((await verify(later)).code, 0)
  const wrong = await on('audit', 'export', '--output', later, '--since', 'yesterday')
  assert.equal(wrong.code, 2)
})

test('the tail shows what fits', async () => {
  const { out } = await on('audit', 'tail', '--what', 'user.created', '--outcome', 'done', '--since', '1h', '--json')
  const { items } = JSON.parse(out) as { readonly items: readonly { readonly what: string }[] }
  assert.deepEqual(
    items.map(({ what }) => what),
    ['user.created', 'user.created', 'user.created'],
  )
  assert.equal((await on('audit', 'tail', '--until', '2000-01-01')).out, '')
})

test('a part of the record goes on where an earlier one ended', async () => {
  const [first, second] = [join(folder, 'first.jsonl'), join(folder, 'second.jsonl')]
  assert.equal((await on('audit', 'export', '--output', first)).code, 0)
  const { events } = JSON.parse((await verify(first, '--json')).out) as { readonly events: number }
  assert.equal((await on('users', 'create', 'exd')).code, 0)
  assert.equal((await on('audit', 'export', '--output', second, '--from', String(events))).code, 0)
  const part = JSON.parse((await verify(second, '--json')).out) as { readonly is: string; readonly from: number; readonly events: number }
  assert.deepEqual([part.is, part.from], ['intact', events])
  assert.ok(part.events >= 1)
})
