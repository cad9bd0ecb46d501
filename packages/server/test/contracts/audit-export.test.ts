/** The log as lines that are verified without the server, on each engine. @module */

import assert from 'node:assert/strict'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { verifyExport, type ExportVerification } from '#audit'
import { newId } from '#kernel'
import { eachLog, type TestLog } from '../audit.ts'

async function exported(log: TestLog, from = 0, times: { sinceMs?: number; untilMs?: number } = {}): Promise<string> {
  let text = ''
  for await (const part of await log.audit.export(log.op(), from, times)) text += part
  return text
}

async function verify(text: string | Uint8Array, key?: string): Promise<ExportVerification> {
  const bytes = Buffer.from(text)
  // In pieces that end anywhere, as a file is read.
  const pieces = Array.from({ length: Math.ceil(bytes.byteLength / 700) }, (_, at) => bytes.subarray(at * 700, (at + 1) * 700))
  return verifyExport(Readable.from(pieces), key)
}

eachLog('an export verifies, begins anywhere, and says by which key', async (log) => {
  await log.record(600)
  const [key = ''] = await log.audit.verifierKeys(log.op())
  const text = await exported(log)
  const whole = await verify(text)
  assert.deepEqual([whole.is, whole.findings, whole.from, whole.signedBy, whole.keyGiven], ['intact', [], 0, key, false])
  assert.equal(whole.events, text.split('\n').length - 3, 'all lines but the first, the last and what is after it')
  assert.ok(text.includes('"what":"audit.exported"'), 'that it was asked for is in it')
  assert.deepEqual((await verify(text, key)).keyGiven, true)
  for (const from of [1, 255, 256, 257, 600]) {
    const part = await verify(await exported(log, from), key)
    assert.deepEqual([part.is, part.findings, part.from], ['intact', [], from])
  }
  assert.equal((await log.audit.verify(log.op())).is, 'intact')
})

eachLog('an export of a time holds every event of it, verifies like any other, and ends where a checkpoint was kept', async (log) => {
  const slackMs = 600_000
  const [key = ''] = await log.audit.verifierKeys(log.op())
  const parts: { readonly fromMs: number; readonly untilMs: number; readonly size: number }[] = []
  for (let part = 0; part < 4; part += 1) {
    const fromMs = log.clock.wallMs()
    await log.record(300)
    await log.audit.settle(log.op())
    log.clock.pass(2 * slackMs)
    const noted = await log.audit.checkpoint(log.op())
    parts.push({ fromMs, untilMs: log.clock.wallMs(), size: Number(noted?.split('\n')[1]) })
  }
  const [first, second, third] = parts
  assert.ok(first && second && third)
  const export_ = async (times: { sinceMs?: number; untilMs?: number }, from = 0): Promise<{ text: string; found: ExportVerification }> => {
    const text = await exported(log, from, times)
    const found = await verify(text, key)
    assert.deepEqual([found.is, found.findings], ['intact', []], JSON.stringify(times))
    return { text, found }
  }
  const whole = await export_({})
  const timesOf = (text: string): readonly number[] => [...text.matchAll(/"atMs":(\d+)/g)].map(([, at]) => Number(at))
  const within = ({ fromMs, untilMs }: (typeof parts)[number], text: string): number =>
    timesOf(text).filter((atMs) => atMs >= fromMs && atMs < untilMs).length
  for (const part of [first, second, third]) {
    const { text, found } = await export_({ sinceMs: part.fromMs, untilMs: part.untilMs })
    assert.equal(within(part, text), within(part, whole.text), 'an event of the time is left out')
    assert.ok(within(part, text) >= 300)
    assert.ok(found.events < whole.found.events - 300, 'it is not the whole log')
  }
  const since = await export_({ sinceMs: third.fromMs })
  assert.ok(since.found.from > first.size && since.found.from <= second.size)
  const until = await export_({ untilMs: first.untilMs })
  assert.deepEqual([until.found.from, until.found.events < third.size], [0, true])
  assert.equal((await export_({ sinceMs: first.fromMs }, second.size)).found.from, second.size, 'the later of both begins it')
  assert.equal((await export_({ untilMs: 0 })).found.from, 0)
  assert.ok((await export_({ sinceMs: log.clock.wallMs() + 10 * slackMs })).found.events <= 1)
  // What is gone is missing from the export of its time, and does not move it.
  await log.tamper(async (db) =>
    db.deleteFrom('audit_event').where('at_ms', '>=', third.fromMs).where('at_ms', '<', third.untilMs).execute(),
  )
  const robbed = await verify(await exported(log, 0, { sinceMs: third.fromMs, untilMs: third.untilMs }), key)
  assert.deepEqual([robbed.is, robbed.from <= second.size], ['damaged', true])
})

eachLog('every change to an export is found: of a byte, of a line, of its end', async (log) => {
  await log.record(5)
  const text = await exported(log)
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.byteLength; at += 1) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 1
    assert.equal((await verify(changed)).is, 'damaged', `byte ${at}: ${changed.toString('utf8', Math.max(0, at - 20), at + 20)}`)
  }
  const lines = text.split('\n').slice(0, -1)
  const without = (at: number): string => `${lines.toSpliced(at, 1).join('\n')}\n`
  for (const at of lines.keys()) assert.equal((await verify(without(at))).is, 'damaged', `line ${at} is gone`)
  assert.equal((await verify(`${lines.toSpliced(2, 0, lines[1] ?? '').join('\n')}\n`)).is, 'damaged', 'a line twice')
  assert.equal((await verify(`${text}${lines[1]}\n`)).is, 'damaged', 'a line after the end')
  for (const cut of [0, 1, Math.floor(text.length / 2), text.length - 1])
    assert.equal((await verify(text.slice(0, cut))).is, 'damaged', `cut at ${cut}`)
  assert.equal((await verify(`${text.slice(0, -1)}\n\n`)).is, 'damaged')
})

eachLog('a key that was kept elsewhere is believed, and nothing that came with the file', async (log) => {
  await log.record(2)
  const text = await exported(log)
  const [key = ''] = await log.audit.verifierKeys(log.op())
  const [name = '', id = '', ...rest] = key.split('+')
  await assert.rejects(verify(text, `${name}+${id}+${rest.join('+').slice(0, -2)}==`), { code: 'audit.unreadable_key' })
  assert.equal((await verify(text.replace(name, 'other.example/audit/ten_0000000000000000000000'), key)).is, 'damaged')
  await assert.rejects(log.audit.export(log.op(), 1_000_000), { code: 'audit.unknown_place' })
  const elsewhere = { ...log.op(), tenant: newId('ten') }
  await assert.rejects(log.audit.export(elsewhere, 0), { code: 'audit.unknown_place' }, 'another tenant has no log here')
})

eachLog('an event that somebody removed or changed in the database does not verify in an export', async (log) => {
  await log.record(20)
  await log.audit.settle(log.op())
  await log.tamper(async (db) => db.deleteFrom('audit_event').where('number', '=', 7).execute())
  const missing = await verify(await exported(log))
  assert.equal(missing.is, 'damaged')
  assert.match(missing.findings[0] ?? '', /^An event is missing: leaf \d+ of the log\.$/)
  await log.tamper(async (db) =>
    db.updateTable('audit_event').set({ content: '{"version":1}\n{"version":1}' }).where('number', '=', 8).execute(),
  )
  assert.equal((await verify(await exported(log))).findings.filter((says) => says.startsWith('An event is missing')).length, 2)
})

eachLog('an export that could not be verified is not begun', async (log) => {
  await log.record(520)
  await log.audit.settle(log.op())
  await log.tamper(async (db) => db.deleteFrom('audit_tile').where('level', '=', 0).where('number', '=', 1).execute())
  await assert.rejects(log.audit.export(log.op(), 300), { name: 'Unavailable' })
  assert.equal((await verify(await exported(log, 256))).is, 'intact', 'what does not need the tile')
})

eachLog(
  'four exports are under way at once, and a place is free when one was taken whole, was given up, or was never begun',
  async (log) => {
    await log.record(3)
    const begin = async (): Promise<AsyncIterableIterator<string>> => log.audit.export(log.op(), 0)
    const open = await Promise.all([begin(), begin(), begin(), begin()])
    const isFull = async (): Promise<void> => assert.rejects(begin(), { code: 'audit.too_many_exports' })
    await isFull()
    for await (const part of open[0] ?? []) assert.ok(part)
    open[0] = await begin()
    await isFull()
    const [, given, never] = open
    await given?.next()
    await given?.return?.()
    await given?.return?.()
    const another = Readable.from(await begin())
    await isFull()
    await never?.return?.()
    another.destroy()
    await new Promise((resolve) => another.once('close', resolve))
    await assert.rejects(log.audit.export(log.op(), 1_000_000), { code: 'audit.unknown_place' }, 'what was not begun takes no place')
    await Promise.all([begin(), begin()])
    await isFull()
  },
)

const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
const hostileEnds: readonly (readonly [string, string])[] = [
  ['keys that are no texts', '{"version":1,"checkpoint":"","keys":[{"toString":1}]}'],
  ['keys within keys without end', `{"version":1,"checkpoint":"","keys":[${deep}]}`],
  ['a name that is there twice', '{"version":1,"checkpoint":"","checkpoint":"x","keys":[]}'],
  ['nothing but depth', deep],
  ['keys without number', `{"version":1,"checkpoint":"","keys":[${Array(200_000).fill('"a"').join()}]}`],
]
for (const [says, line] of hostileEnds) {
  test(`an export of somebody else is damaged, and no defect: ${says} at the end`, async () => {
    assert.equal((await verify(`{"version":1,"log":"x","from":0,"edge":[]}\n${line}\n`)).is, 'damaged')
  })
}

for (const edge of [
  '{"hashes":"","level":{"valueOf":1,"toString":1},"number":0}',
  `{"hashes":"","level":${deep},"number":0}`,
  'null',
  deep,
]) {
  test(`an export of somebody else is damaged, and no defect: a first line with ${edge.slice(0, 40)}`, async () => {
    assert.equal((await verify(`{"version":1,"log":"x","from":1,"edge":[${edge}]}\n`)).is, 'damaged')
  })
}

test('a verification keeps the edge of the tree and nothing of a log of any length', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const held = (): number => {
    collect()
    return process.memoryUsage().arrayBuffers
  }
  const events = Buffer.from('x\n'.repeat(65_536))
  let before = 0
  let after = 0
  const log = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('{"version":1,"log":"x","from":0,"edge":[]}\n')
    before = held()
    for (let times = 0; times < 4; times += 1) {
      yield events
      await new Promise((resolve) => setImmediate(resolve))
    }
    after = held()
  }
  assert.equal((await verifyExport(log())).events, 4 * 65_536 - 1)
  assert.ok(after - before < 4_000_000, `${after - before} bytes are held of 1,024 tiles of 8 KiB`)
})

eachLog('no more of the log is read than is taken, and nothing once the taker has gone', async (log) => {
  await log.record(1_500)
  let parts = 0
  const lines = await log.audit.export(log.op(), 0)
  const counted = async function* (): AsyncGenerator<string> {
    for await (const part of lines) {
      parts += 1
      yield part
    }
  }
  let taken = 0
  const taker = new Writable({
    highWaterMark: 1,
    write: (chunk: Buffer) => {
      taken += chunk.byteLength // and never asks for more
    },
  })
  const sent = pipeline(Readable.from(counted(), { objectMode: false }), taker)
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setTimeout(resolve, 2))
  assert.ok(taken > 0)
  assert.ok(parts <= 3, `${parts} of 8 parts were read for somebody who takes nothing`)
  const before = parts
  taker.destroy()
  await assert.rejects(sent, { code: 'ERR_STREAM_PREMATURE_CLOSE' })
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.ok(parts <= before + 1)
  assert.equal((await lines[Symbol.asyncIterator]().next()).done, true)
})
