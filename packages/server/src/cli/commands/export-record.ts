/** The whole record in a file of its own, and its verification without a server. @module */

import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { exitCodes, type Given } from '../command.ts'
import { UsageMistake } from '../options.ts'
import { reach } from '../reach.ts'
import { readTimes } from '../read-time.ts'

/**
 * Writes the record to a file for its owner alone. It has its name only once it is whole and on disk; what was there
 * before stays until then.
 */
export async function exportToFile(given: Given, path: string): Promise<number> {
  const from = given.text('from')
  const query = new URLSearchParams({ ...(from === undefined ? {} : { from }), ...readTimes(given) })
  const lines = await reach(given).stream(`/audit/export?${query.toString()}`)
  const part = `${path}.${process.pid}.part`
  const file = create(part)
  let bytes = 0
  try {
    await given.print.working(`Writing ${path}`, async () => {
      for await (const chunk of lines) {
        for (let at = 0; at < chunk.byteLength;) at += writeSync(file, chunk, at)
        bytes += chunk.byteLength
      }
    })
    fsyncSync(file)
    renameSync(part, path)
  } catch (error) {
    rmSync(part, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
  const folder = openSync(dirname(path), 'r')
  fsyncSync(folder)
  closeSync(folder)
  given.print.note(`${path}: ${bytes} bytes. Verify it anywhere: countersign audit verify --file ${path}`)
  return exitCodes.done
}

function create(path: string): number {
  try {
    return openSync(path, 'wx', 0o600)
  } catch (error) {
    throw new UsageMistake(`${path} cannot be written (${error instanceof Error && 'code' in error ? String(error.code) : ''})`)
  }
}

/** Verifies an export; nobody is asked. */
export async function verifyFile(given: Given, path: string): Promise<number> {
  const { verifyExportFile } = await import('#app')
  const found = await given.print.working(`Verifying ${path}`, async () => read(path, given.text('key'), verifyExportFile))
  const by = `It was signed by ${found.signedBy}, ${found.keyGiven ? 'the key that you gave' : 'which came with the file: compare it with the one that you keep'}.`
  given.print.result(found, () => [
    ...found.findings,
    ...(found.is === 'intact'
      ? [`The export is whole: ${found.events} events of ${found.log}, from number ${found.from} on.`, by]
      : ['The export is not what the server signed.']),
  ])
  return found.is === 'intact' ? exitCodes.done : exitCodes.found
}

async function read<Result>(
  path: string,
  key: string | undefined,
  verify: (path: string, key: string | undefined) => Promise<Result>,
): Promise<Result> {
  try {
    return await verify(path, key)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (/^E[A-Z]+$/.test(code)) throw new UsageMistake(`${path} cannot be read (${code})`)
    throw error
  }
}
