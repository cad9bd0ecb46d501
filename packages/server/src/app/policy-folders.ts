import { fileURLToPath } from 'node:url'
import { readPolicyStoreName, type PolicyStoreName } from '#kernel'
import type { StoreFolder } from '#rulebook'
import type { Config } from './config.ts'
import { StartMistake } from './mistake.ts'
import { ownStore } from './spine-ports.ts'

/** The policies of our own APIs, as they are shipped. */
const shipped = fileURLToPath(new URL('../../policies/countersign', import.meta.url))

/** Where each policy store's files are: those of the configuration, and our own unless it replaces them. */
export function policyFolders(config: Config): readonly StoreFolder[] {
  return Object.entries({ [ownStore]: shipped, ...config.policies }).map(([name, folder]) => {
    const store = readPolicyStoreName(name)
    if (store === undefined) throw new StartMistake(`${name} is not the name of a policy store`)
    return { store, folder, isShipped: folder === shipped }
  })
}

/** What decides over the admin API is changed by whoever can change files on the server: a mistake there would shut everybody out, and a right there is every right. */
export const ownStores: readonly PolicyStoreName[] = [ownStore].flatMap((name) => readPolicyStoreName(name) ?? [])
