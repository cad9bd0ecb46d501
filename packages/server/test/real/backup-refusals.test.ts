/**
 * What a restore refuses: a living system, and whatever somebody who keeps the
 * backups can do to them. Each is one sentence, exit code 4, and nothing touched.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { temporaryFolder } from '../product.ts'
import { runCommand } from '../terminal.ts'

/** A system that never ran has everything that a backup is made of but a signed log. */
const pattern = temporaryFolder('refusals')
const issuer = 'http://localhost:1'
await made(['init', '--issuer', issuer, '--folder', pattern])
const config = join(pattern, 'countersign.yaml')
const data = join(pattern, 'data')
const backups = join(pattern, 'backups')
const { folder: first } = await backup()
cpSync(join(backups, 'keys'), join(pattern, 'older-keys'))
const between = new DatabaseSync(join(data, 'countersign.db'))
between.exec("INSERT INTO instance (name, value) VALUES ('probed', '1')")
between.close()
const { folder } = await backup()
renameSync(data, join(pattern, 'living'))

async function made(words: readonly string[]): Promise<string> {
  const { code, out, err } = await runCommand(words)
  assert.equal(code, 0, err)
  return out
}

async function backup(): Promise<{ readonly folder: string }> {
  // Folders are named by the second.
  const taken = existsSync(backups) ? readdirSync(backups).length : 0
  for (;;) {
    const { code, out, err } = await runCommand(['backup', '--config', config, '--out', backups, '--json'])
    if (code === 0) return JSON.parse(out) as { readonly folder: string }
    assert.match(err, /a backup never replaces anything/)
    assert.ok(taken > 0)
  }
}

/** Everything under a folder with the hash of its bytes. */
function contents(path: string): Readonly<Record<string, string>> {
  if (!existsSync(path)) return {}
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(
    files.map((entry) => {
      const file = join(entry.parentPath, entry.name)
      return [file, createHash('sha256').update(readFileSync(file)).digest('hex')]
    }),
  )
}

/** A copy of the newest backup and the file of keys, to be spoilt. */
interface Spoilt {
  readonly place: string
  readonly folder: string
  readonly manifest: string
  readonly database: string
  readonly keys: string
  /** Changes text in a file, which must be there. */
  readonly edit: (path: string, from: string | RegExp, to: string) => void
}

function copy(): Spoilt {
  const place = temporaryFolder('spoilt')
  cpSync(folder, join(place, 'backup'), { recursive: true })
  cpSync(join(backups, 'keys'), join(place, 'keys'))
  return {
    place,
    folder: join(place, 'backup'),
    manifest: join(place, 'backup', 'manifest'),
    database: join(place, 'backup', 'countersign.db'),
    keys: join(place, 'keys'),
    edit: (path, from, to) => {
      const before = readFileSync(path, 'latin1')
      const after = before.replace(from, to)
      assert.notEqual(after, before)
      writeFileSync(path, after, 'latin1')
    },
  }
}

interface Row {
  readonly says: string
  readonly spoil: (at: Spoilt) => void
  readonly err: RegExp
  readonly words?: (at: Spoilt) => readonly string[]
}

const notWhole = /is not whole, or was changed since/

const rows: readonly Row[] = [
  { says: 'a folder that is no backup', spoil: (at) => rmSync(at.manifest), err: /^There is no backup at \S+manifest\.$/ },
  { says: 'a manifest in which one letter was changed', spoil: (at) => at.edit(at.manifest, '"epoch":1', '"epoch":2'), err: notWhole },
  {
    says: 'a manifest that names a part elsewhere',
    spoil: (at) => at.edit(at.manifest, '"name":"countersign.db"', '"name":"../../etc/passwd"'),
    err: notWhole,
  },
  { says: 'a manifest with another size', spoil: (at) => at.edit(at.manifest, /"bytes":\d+/, '"bytes":999999999999'), err: notWhole },
  { says: 'a manifest without its last line', spoil: (at) => at.edit(at.manifest, /mac .*\n$/, ''), err: notWhole },
  { says: 'a manifest with something after its last line', spoil: (at) => appendFileSync(at.manifest, '{}\n'), err: notWhole },
  { says: 'an empty manifest', spoil: (at) => truncateSync(at.manifest), err: notWhole },
  { says: 'a manifest of a terabyte of nothing', spoil: (at) => truncateSync(at.manifest, 1e12), err: notWhole },
  { says: 'a file of keys of a terabyte of nothing', spoil: (at) => truncateSync(at.keys, 1e12), err: notWhole },
  { says: 'a manifest without its key', spoil: (at) => at.edit(at.manifest, /"wrapped":"[^"]+"/, '"wrapped":""'), err: notWhole },
  { says: 'a manifest that is a file of keys', spoil: (at) => cpSync(at.keys, at.manifest), err: /^What is at \S+ is no backup\.$/ },
  { says: 'a file of keys that is a manifest', spoil: (at) => cpSync(at.manifest, at.keys), err: /^What is at \S+ is no file of keys\.$/ },
  {
    says: 'the seal of a file of keys on a manifest',
    spoil: (at) => {
      const [seal] = /"seal":\{[^}]*\}/.exec(readFileSync(at.keys, 'latin1')) ?? ['']
      at.edit(at.manifest, /"seal":\{[^}]*\}/, seal)
    },
    err: notWhole,
  },
  {
    says: 'a manifest of a later format',
    spoil: (at) => at.edit(at.manifest, 'countersign-backup-1', 'countersign-backup-9'),
    err: /was made by another version of Countersign/,
  },
  {
    says: 'a manifest that is a link',
    spoil: (at) => {
      renameSync(at.manifest, join(at.place, 'elsewhere'))
      symlinkSync(join(at.place, 'elsewhere'), at.manifest)
    },
    err: /^The backup at \S+ cannot be read\.$/,
  },
  {
    says: 'a manifest that is a folder',
    spoil: (at) => {
      rmSync(at.manifest)
      mkdirSync(at.manifest)
    },
    err: /is not a plain file\.$/,
  },
  { says: 'a database that was cut off', spoil: (at) => truncateSync(at.database, 8192), err: notWhole },
  { says: 'a database of a terabyte of nothing', spoil: (at) => truncateSync(at.database, 1e12), err: notWhole },
  { says: 'a database that is not there', spoil: (at) => rmSync(at.database), err: /^There is no database of the backup at / },
  {
    says: 'a database with one row more',
    spoil: (at) => {
      const db = new DatabaseSync(at.database)
      db.exec("UPDATE role_assignment SET role = 'owner'; INSERT INTO role_assignment SELECT id, 'usr_x', 'owner' FROM tenant; VACUUM")
      db.close()
    },
    err: notWhole,
  },
  { says: 'the database of another backup', spoil: (at) => cpSync(join(first, 'manifest'), at.manifest), err: notWhole },
  { says: 'no file of keys', spoil: (at) => rmSync(at.keys), err: /^There is no file of keys at / },
  {
    says: 'a file of keys that is older than the backup',
    spoil: (at) => cpSync(join(pattern, 'older-keys'), at.keys),
    err: /^The file of keys is older than the backup/,
  },
  { says: 'a file of keys with a line less', spoil: (at) => at.edit(at.keys, /\n\["purpose"[^\n]*\n/, '\n'), err: notWhole },
  { says: 'a file of keys with a line twice', spoil: (at) => at.edit(at.keys, /\n(\["purpose"[^\n]*\n)/, '\n$1$1'), err: notWhole },
  { says: 'a file of keys that was cut off', spoil: (at) => truncateSync(at.keys, 3000), err: notWhole },
  { says: 'a file of keys with a later time', spoil: (at) => at.edit(at.keys, /"madeAtMs":\d/, '"madeAtMs":9'), err: notWhole },
  {
    says: 'a checkpoint that is none',
    spoil: (at) => writeFileSync(join(at.place, 'checkpoint'), 'hunter2'),
    words: (at) => ['--checkpoint', join(at.place, 'checkpoint')],
    err: /^The given checkpoint is not one of this instance’s log\.$/,
  },
]

for (const { says, spoil, err, words } of rows) {
  test(`a restore refuses ${says}`, async () => {
    const at = copy()
    spoil(at)
    // Bytes of a terabyte of nothing are not compared.
    const whole = /terabyte/.test(says) ? undefined : contents(at.place)
    const ran = await runCommand(['restore', at.folder, '--config', config, ...(words?.(at) ?? [])])
    assert.deepEqual([ran.code, ran.out], [4, ''], ran.err)
    assert.match(ran.err.trimEnd(), err)
    assert.match(ran.err, /^[^\n]+\n$/, 'not one sentence')
    assert.doesNotMatch(ran.err, /\n\s+at |Error:|hunter2/)
    assert.ok(!existsSync(data), 'something was made')
    if (whole !== undefined) assert.deepEqual(contents(at.place), whole, 'the backup was touched')
  })
}

test('a restore refuses another root key, another issuer, another instance’s keys', async () => {
  const other = temporaryFolder('other')
  await made(['init', '--issuer', issuer, '--folder', other])
  await made(['backup', '--config', join(other, 'countersign.yaml'), '--out', join(other, 'backups')])
  renameSync(join(other, 'data'), join(other, 'living'))
  const refused = async (...words: readonly string[]): Promise<string> => {
    const { code, err } = await runCommand(['restore', ...words])
    assert.equal(code, 4, err)
    assert.ok(!existsSync(data) && !existsSync(join(other, 'data')))
    return err
  }
  assert.match(
    await refused(folder, '--config', join(other, 'countersign.yaml')),
    /^The backup at \S+ was made under another root key\.\n$/,
  )
  assert.match(
    await refused(folder, '--config', config, '--keys', join(other, 'backups', 'keys')),
    /^The file of keys at \S+ was made under another root key\.\n$/,
  )
  cpSync(join(pattern, 'root.key'), join(other, 'root.key'))
  const moved = join(other, 'moved.yaml')
  writeFileSync(moved, readFileSync(join(other, 'countersign.yaml'), 'utf8').replace(issuer, 'http://localhost:2'))
  assert.match(
    await refused(folder, '--config', moved),
    /^The backup is of another instance: its issuer is http:\/\/localhost:1, and the configuration says http:\/\/localhost:2\.\n$/,
  )
})

test('a restore refuses a living system, running or not, and an unempty folder', async () => {
  const refused = async (): Promise<string> => {
    const before = contents(data)
    const { code, err } = await runCommand(['restore', folder, '--config', config])
    assert.equal(code, 4, err)
    assert.deepEqual(contents(data), before)
    rmSync(data, { recursive: true })
    return err
  }
  cpSync(join(pattern, 'living'), data, { recursive: true })
  assert.match(await refused(), /^There is a database in \S+ already, and a restore never replaces one: move it away first\.\n$/)
  mkdirSync(data)
  writeFileSync(join(data, 'notes.txt'), 'mine')
  assert.match(await refused(), /^The data directory \S+ is not empty \(notes\.txt\)/)
  mkdirSync(data)
  writeFileSync(join(data, 'lock'), '')
  const held = new DatabaseSync(join(data, 'lock'))
  held.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  assert.match(await refused(), /^Another server is already using the data directory/)
  held.close()
})

test('a backup of a newer schema is refused before anything is read of it', async () => {
  const { judgeManifest } = await import('../../src/app/backup/manifest.ts')
  const manifest = { issuer, engine: 'sqlite', parts: [{}], program: '9.0.0', schema: { identity: 7 } } as unknown as Parameters<
    typeof judgeManifest
  >[0]
  assert.throws(() => judgeManifest(manifest, { issuer }, { identity: 6 }), /newer version of Countersign \(9\.0\.0; identity step 7\)/)
  assert.throws(() => judgeManifest(manifest, { issuer }, {}), /newer version/)
  judgeManifest(manifest, { issuer }, { identity: 7 })
})

test('the file of keys replaces its own older self and nothing else', async () => {
  cpSync(join(pattern, 'living'), data, { recursive: true })
  try {
    const place = temporaryFolder('keys')
    const keys = join(place, 'keys')
    const run = async (): Promise<{ code: number; err: string }> =>
      runCommand(['backup', 'keys', '--config', config, '--out', place, '--keys', keys])
    writeFileSync(keys, 'a diary')
    assert.deepEqual(await run().then(({ code, err }) => [code, /is not whole/.test(err)]), [4, true])
    assert.equal(readFileSync(keys, 'utf8'), 'a diary')
    rmSync(keys)
    assert.equal((await run()).code, 0)
    const before = readFileSync(keys, 'utf8')
    assert.equal((await run()).code, 0)
    assert.notEqual(readFileSync(keys, 'utf8'), before)
    assert.deepEqual(readdirSync(place), ['keys'])
    const nowhere = await runCommand(['backup', '--config', config, '--out', join(place, 'out'), '--keys', join(place, 'nowhere', 'keys')])
    assert.equal(nowhere.code, 4)
    assert.match(nowhere.err, /^The file of keys \S+ could not be written \(ENOENT\); nothing was backed up\.\n$/)
    assert.deepEqual(readdirSync(join(place, 'out')), [])
  } finally {
    rmSync(data, { recursive: true })
  }
})

test('a restore of what was not spoilt goes through, so the refusals above were about what was', async () => {
  const at = copy()
  const ran = await runCommand(['restore', at.folder, '--config', config])
  assert.equal(ran.code, 0, ran.err)
  const again = await runCommand(['restore', at.folder, '--config', config])
  assert.match(again.err, /^There is a database in /)
  rmSync(data, { recursive: true })
})
