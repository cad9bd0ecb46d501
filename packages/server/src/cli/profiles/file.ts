/**
 * The file of profiles, in the folder that the XDG Base Directory Specification
 * names. It holds tokens: it is for its owner alone (0600 in 0700), and one that
 * others can read is refused and not mended, since others may have read it.
 *
 * INVARIANT (whole): the file is replaced by a rename after its bytes are on
 * disk, so it is the old one or the new one and never a part.
 *
 * @module
 */

import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { environment, randomText } from '#kernel'
import { UsageMistake } from '../options.ts'
import { findPrivateFile } from '../private-file.ts'
import { locked } from './lock.ts'
import { noProfiles, readProfiles, type Profiles } from './profile.ts'

export function profilesPath(): string {
  const { XDG_CONFIG_HOME: folder } = environment()
  // The specification: a relative path is to be ignored.
  const base = folder?.startsWith('/') === true ? folder : join(homedir(), '.config')
  return join(base, 'countersign', 'profiles.json')
}

/** What the file holds; nothing when there is none. Throws `UsageMistake` for one that cannot be used. */
export function loadProfiles(): Profiles {
  const path = profilesPath()
  const text = findPrivateFile(path, 'tokens')
  if (text === undefined) return noProfiles
  const profiles = readProfiles(text)
  if (profiles === undefined)
    throw new UsageMistake(`${path} is not a file of profiles that this version can read; move it away and sign in again`)
  return profiles
}

/** Changes the file while nobody else does. `change` may take its time: it is where tokens are renewed. */
export async function changeProfiles<Result>(
  change: (profiles: Profiles) => Promise<{ readonly profiles: Profiles; readonly result: Result }>,
): Promise<Result> {
  const path = profilesPath()
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  return locked(`${path}.lock`, async () => {
    const before = loadProfiles()
    const { profiles, result } = await change(before)
    if (profiles !== before) replace(path, `${JSON.stringify(profiles, null, 2)}\n`)
    return result
  })
}

function replace(path: string, text: string): void {
  const beside = `${path}.${randomText(8)}`
  try {
    writeFileSync(beside, text, { mode: 0o600, flag: 'wx', flush: true })
    renameSync(beside, path)
  } catch (error) {
    rmSync(beside, { force: true })
    throw error
  }
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
