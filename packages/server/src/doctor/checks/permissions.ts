/** Who else on this machine could read or change what only the server may. @module */

import { when, type Check, type Particulars } from '../check.ts'
import type { Facts, FileFacts } from '../facts.ts'

const others = 0o077
const writableByOthers = 0o022
const readableByOthers = 0o044
/** In a folder of this kind (/tmp) nobody replaces the files of somebody else. */
const sticky = 0o1000

const octal = (mode: number): string => (mode & 0o7777).toString(8)

function each(role: FileFacts['role'], isSo: (mode: number, file: FileFacts) => boolean) {
  return ({ files = [] }: Facts): readonly Particulars[] =>
    files
      .filter((file) => file.role === role && file.mode !== undefined && isSo(file.mode, file))
      .map(({ what, path, mode = 0 }) => ({ what, path, mode: octal(mode) }))
}

export const permissionChecks: readonly Check[] = [
  {
    name: 'permissions.root_key',
    level: 'wrong',
    looksAt: 'whether the root key is there, is whole, and is for its owner alone',
    judge: ({ rootKey }) => when(rootKey?.mistake !== undefined, { mistake: rootKey?.mistake ?? '' }),
    says: '{mistake}',
    advice: 'Without it nothing in the database can be opened. Put the copy that was kept elsewhere in its place, with mode 600.',
  },
  {
    name: 'permissions.owner',
    level: 'wrong',
    looksAt: 'whether the root key belongs to the user that owns the data',
    judge: ({ rootKey, files = [] }) => {
      const data = files.find(({ role }) => role === 'data')
      const differs = rootKey?.owner !== undefined && data?.owner !== undefined && rootKey.owner !== data.owner
      return when(differs, { path: rootKey?.path ?? '', owner: String(rootKey?.owner ?? ''), right: String(data?.owner ?? '') })
    },
    says: 'The root key {path} belongs to user {owner}, and the data to user {right}.',
    advice: 'Give both to the user that the server runs as (chown).',
  },
  {
    name: 'permissions.data_missing',
    level: 'wrong',
    looksAt: 'whether the data directory is there and can be entered',
    judge: ({ files = [] }) => files.filter(({ role, mode }) => role === 'data' && mode === undefined).map(({ path }) => ({ path })),
    says: 'There is no data directory at {path}, or it cannot be entered.',
    advice: 'Put the right path into dataDirectory, or run countersign doctor as the user that the server runs as.',
  },
  {
    name: 'permissions.data',
    level: 'wrong',
    looksAt: 'whether the data directory is for its owner alone',
    judge: each('data', (mode) => (mode & others) !== 0),
    says: 'The data directory {path} is open to others (mode {mode}): whoever opens the socket in it administers everything.',
    advice: 'Close it (chmod 700).',
  },
  {
    name: 'permissions.configuration_writable',
    level: 'wrong',
    looksAt: 'whether others can change the configuration',
    judge: each('configuration', (mode) => (mode & writableByOthers) !== 0),
    says: 'The configuration {path} can be changed by others (mode {mode}), who thereby decide which keys, policies and programs are believed.',
    advice: 'Close it (chmod 600).',
  },
  {
    name: 'permissions.configuration_readable',
    level: 'wrong',
    looksAt: 'whether others can read a configuration that holds the password of the database',
    judge: each('configuration', (mode, { holdsSecret }) => holdsSecret === true && (mode & readableByOthers) !== 0),
    says: 'The configuration {path} holds the password of the database and can be read by others (mode {mode}).',
    advice: 'Close it (chmod 600), or give the address in COUNTERSIGN_DATABASE_URL. Change the password.',
  },
  {
    name: 'permissions.folder',
    level: 'wrong',
    looksAt: 'whether others can replace files beside the configuration, the root key or the data',
    judge: each('folder', (mode) => (mode & 0o002) !== 0 && (mode & sticky) === 0),
    says: 'Anybody can replace what is in {path} (mode {mode}), {what} included.',
    advice: 'Close it (chmod 755, or stricter).',
  },
  {
    name: 'permissions.secret',
    level: 'wrong',
    looksAt: 'whether the files with secrets of configured clients are for their owner alone',
    judge: each('secret', (mode) => (mode & others) !== 0),
    says: '{what} in {path} can be read by others (mode {mode}).',
    advice: 'Close it (chmod 600), and replace the secret if others may have read it.',
  },
  {
    name: 'permissions.demo',
    level: 'wrong',
    looksAt: 'whether the accounts of a demo are in the data directory and open to others',
    judge: each('demo', (mode) => (mode & others) !== 0),
    says: 'The passwords of the demo in {path} can be read by others (mode {mode}).',
    advice: 'Close it (chmod 600). A demo is not for production.',
  },
]
