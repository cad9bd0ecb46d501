/** Backups and bringing them back. @module */

import type { Command, Given, Option } from '../command.ts'
import { UsageMistake } from '../options.ts'

const config: Option = { name: 'config', kind: 'text', value: 'FILE', says: 'The configuration; ./countersign.yaml when absent.' }
const out: Option = { name: 'out', kind: 'text', value: 'DIR', says: 'Where backups are kept; each gets a folder of its own there.' }
const keys: Option = {
  name: 'keys',
  kind: 'text',
  value: 'FILE',
  says: 'The file of keys, which each backup replaces; DIR/keys when absent. It opens every backup, together with the root key.',
}

const backupCommand: Command = {
  name: 'backup',
  says: 'Copies the data and the keys that belong to it, while the server runs or not. The root key is never part of it.',
  options: [config, out, keys],
  examples: [
    'countersign backup --config /etc/countersign/countersign.yaml --out /var/backups/countersign',
    'countersign backup --out /mnt/backups/countersign --keys /mnt/keys/countersign.keys',
  ],
  run: async (given) => run(given, false),
}

const backupKeysCommand: Command = {
  name: 'backup keys',
  says: 'Writes the file of keys alone: after somebody was erased, so that no backup opens for them any more, or after pg_dump.',
  options: [config, out, keys],
  examples: ['countersign backup keys --out /var/backups/countersign'],
  run: async (given) => run(given, true),
}

const restoreCommand: Command = {
  name: 'restore',
  says: 'Brings a backup back into an empty data directory (or the database that pg_restore filled), as a new life: sessions and tokens end.',
  words: 'FOLDER',
  leastWords: 1,
  options: [
    config,
    { name: 'keys', kind: 'text', value: 'FILE', says: 'The file of keys; FOLDER/../keys when absent.' },
    {
      name: 'checkpoint',
      kind: 'text',
      value: 'FILE',
      says: 'The latest checkpoint of the record that was kept elsewhere: tells which events are lost, and finds a forged backup.',
    },
  ],
  examples: [
    'countersign restore /var/backups/countersign/backup-20261126T020000Z --config /etc/countersign/countersign.yaml',
    'countersign restore backup-20261126T020000Z --keys /mnt/keys/countersign.keys --checkpoint checkpoint.txt',
  ],
  run: async (given) => {
    const { restore } = await import('#app')
    return restore({
      config: given.text('config'),
      folder: given.words[0] ?? '',
      keys: given.text('keys'),
      checkpoint: given.text('checkpoint'),
      print: given.print,
    })
  },
}

async function run(given: Given, keysOnly: boolean): Promise<number> {
  const where = given.text('out')
  if (where === undefined) throw new UsageMistake('backup needs --out, the folder where backups are kept')
  const { backUp } = await import('#app')
  return backUp({ config: given.text('config'), out: where, keys: given.text('keys'), keysOnly, print: given.print })
}

export const backupCommands: readonly Command[] = [backupCommand, backupKeysCommand, restoreCommand]
