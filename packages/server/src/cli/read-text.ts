import { readFileSync } from 'node:fs'
import { UsageMistake } from './options.ts'

/** A file that was named. Throws `UsageMistake` when it cannot be read. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw new UsageMistake(`${path} cannot be read (${String(error.code)})`)
    throw error
  }
}
