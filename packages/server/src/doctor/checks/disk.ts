/** Whether there is room to write. Nothing is acknowledged that is not on disk, so a full disk stops everything. @module */

import type { Check, Particulars } from '../check.ts'
import type { DiskFacts, Facts } from '../facts.ts'

const mebibyte = 1024 * 1024

/** A checkpoint of the write-ahead log is bounded by 64 MiB; below that a write may fail at any time. */
const leastBytes = 64 * mebibyte

/** Days to act in, and no alarm on a large disk that is merely used. */
const soonBytes = 1024 * mebibyte
const soonShare = 0.1

/** Below this share of free file names none can be made soon. */
const leastNames = 0.01

const room = (bytes: number): string =>
  bytes >= 1024 * mebibyte ? `${(bytes / 1024 / mebibyte).toFixed(1)} GiB` : `${Math.floor(bytes / mebibyte)} MiB`

function each(isSo: (disk: DiskFacts) => boolean) {
  return ({ disks = [] }: Facts): readonly Particulars[] =>
    disks.filter(isSo).map(({ what, path, freeBytes, sizeBytes }) => ({ what, path, free: room(freeBytes), size: room(sizeBytes) }))
}

export const diskChecks: readonly Check[] = [
  {
    name: 'disk.read_only',
    level: 'wrong',
    looksAt: 'whether the file system of the data can be written to',
    judge: each(({ readOnly }) => readOnly),
    says: '{what} {path} is on a file system that is read-only.',
    advice: 'Look into the log of the kernel: a disk that fails is made read-only. Mount it for writing, or move the data.',
  },
  {
    name: 'disk.full',
    level: 'wrong',
    looksAt: 'whether 64 MiB are left where the data is',
    judge: each(({ freeBytes, readOnly }) => !readOnly && freeBytes < leastBytes),
    says: '{what} {path} has {free} left of {size}: writes fail, and nobody can sign in.',
    advice: 'Make room. What was acknowledged is safe.',
  },
  {
    name: 'disk.nearly_full',
    level: 'warning',
    looksAt: 'whether a tenth of the disk, or 1 GiB, is left where the data is',
    judge: each(
      ({ freeBytes, sizeBytes, readOnly }) =>
        !readOnly && freeBytes >= leastBytes && freeBytes < Math.min(soonBytes, sizeBytes * soonShare),
    ),
    says: '{what} {path} has {free} left of {size}.',
    advice: 'Make room before it is full: a full disk stops every sign-in.',
  },
  {
    name: 'disk.names',
    level: 'wrong',
    looksAt: 'whether new files can still be made where the data is',
    judge: each(({ freeNames, readOnly }) => !readOnly && freeNames < leastNames),
    says: '{what} {path} is on a file system that has no room for more files.',
    advice: 'Delete small files that nobody needs (df -i counts them).',
  },
]
