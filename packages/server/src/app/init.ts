/**
 * `countersign init`: a configuration for production, its root key, its
 * database, and the link that makes the first administrator.
 *
 * Nothing is overwritten, and the configuration is written last: while it is
 * not there, whatever failed can be mended and init run again. It then goes on
 * with the root key and the database that the first run made.
 *
 * @module
 */

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { environment } from '#kernel'
import { holdsDatabase } from '#store'
import { ConfigMistakes, readConfig, type Config } from './config.ts'
import { createFeatures } from './features.ts'
import { openGround } from './ground.ts'
import { StartMistake } from './mistake.ts'
import { createHouseSetup } from './house-setup.ts'
import type { Words } from './words.ts'
import { starterPolicies } from './starter-policies.ts'
import { configText, settingsFor, writeNew, type Asked } from './write-config.ts'

export interface InitAsked extends Omit<Asked, 'dataDirectory' | 'rootKeyFile'> {
  readonly folder: string
  readonly dataDirectory: string | undefined
  readonly rootKeyFile: string | undefined
  /** Write the link here instead of to the terminal. */
  readonly linkFile: string | undefined
  readonly print: Words
}

/** Runs `countersign init` and says what it made. Resolves with the exit code. */
export async function init(asked: InitAsked): Promise<number> {
  const folder = resolve(asked.folder)
  const path = join(folder, 'countersign.yaml')
  const ownPolicies = asked.app !== undefined && asked.policies === undefined
  const settings = settingsFor({
    ...asked,
    tlsCertificate: asked.tlsCertificate === undefined ? undefined : resolve(asked.tlsCertificate),
    tlsKey: asked.tlsKey === undefined ? undefined : resolve(asked.tlsKey),
    dataDirectory: asked.dataDirectory === undefined ? 'data' : resolve(asked.dataDirectory),
    rootKeyFile: asked.rootKeyFile === undefined ? 'root.key' : resolve(asked.rootKeyFile),
    policies: ownPolicies ? join('policies', 'app') : asked.policies === undefined ? undefined : resolve(asked.policies),
  })
  const text = configText(settings)
  const config = checked(text, folder)
  const taken = [path, ...(asked.linkFile === undefined ? [] : [resolve(asked.linkFile)]), ...strangeKey(config)].find(existsSync)
  if (taken !== undefined) throw new StartMistake(`${taken} exists already, and init never overwrites.`)
  const ground = await openGround(config, { stamp: 'production', rootKey: 'make' })
  try {
    const { identity } = createFeatures(ground, config)
    const token = await createHouseSetup(ground.store, identity).issueLink(ground.operation('init'))
    const link = `${config.issuer}/setup#${token}`
    if (ownPolicies) writeStarterPolicies(join(folder, 'policies', 'app'))
    if (asked.linkFile !== undefined) writeNew(resolve(asked.linkFile), `${link}\n`, 0o600)
    writeNew(path, text, 0o600)
    say(asked, path, config, link)
    return 0
  } finally {
    await ground.store.close()
  }
}

/** A root key is another database's, unless an earlier run made both. */
function strangeKey({ database, dataDirectory, rootKeyFile }: Config): readonly string[] {
  return database === undefined && holdsDatabase(dataDirectory) ? [] : [rootKeyFile]
}

/** What was asked for makes a configuration, or the mistakes are told. */
function checked(text: string, folder: string): Config {
  try {
    return readConfig(text, folder, environment())
  } catch (error) {
    if (error instanceof ConfigMistakes) throw new StartMistake(error.message, { cause: error })
    throw error
  }
}

/** Those that an earlier run or the operator wrote stay. */
function writeStarterPolicies(folder: string): void {
  for (const { name, text } of starterPolicies) {
    const path = join(folder, name)
    if (!existsSync(path)) writeNew(path, text, 0o644)
  }
}

function say({ print, linkFile }: InitAsked, path: string, { rootKeyFile, database }: Config, link: string): void {
  const shown = linkFile === undefined ? { link } : { linkFile: resolve(linkFile) }
  print.result({ config: path, rootKey: rootKeyFile, ...shown }, () => [
    `Configuration  ${path}`,
    ...(database === undefined ? [] : ['Database       the one in COUNTERSIGN_DATABASE_URL, which start needs too']),
    `Root key       ${rootKeyFile} (keep a copy elsewhere: without it the data cannot be opened)`,
    linkFile === undefined ? `First admin    ${link}` : `First admin    the link is in ${resolve(linkFile)}`,
    '               Works once, for one hour, while there is no administrator.',
    `Start          countersign start --config ${path}`,
  ])
}
