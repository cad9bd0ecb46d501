import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { environment } from '#kernel'
import { ConfigMistakes, readConfigFile, type Config } from './config.ts'
import { StartMistake } from './mistake.ts'

/** The configuration that was named, or the usual one. Throws a `StartMistake` that says everything that is wrong with it. */
export function readProductionConfig(named: string | undefined): Config {
  const env = environment()
  const path = resolve(named ?? env['COUNTERSIGN_CONFIG'] ?? 'countersign.yaml')
  if (!existsSync(path))
    throw new StartMistake(`There is no configuration at ${path}. Make one with countersign init, or name it with --config.`)
  try {
    return readConfigFile(path, env)
  } catch (error) {
    if (error instanceof ConfigMistakes) throw new StartMistake(error.message, { cause: error })
    throw error
  }
}
