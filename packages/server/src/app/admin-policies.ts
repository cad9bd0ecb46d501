/** Policy stores, as the admin API shows and changes them. @module */

import type { AdminPolicies } from '#admin'
import type { PolicyStoreName } from '#kernel'
import { readContent, type RulesEngine } from '#policy'
import { checkPolicyFiles, type Rulebook } from '#rulebook'

export function adminPolicies(rulebook: Rulebook, engine: RulesEngine): AdminPolicies {
  const known = (store: string): PolicyStoreName | undefined => rulebook.find(store)?.store
  return {
    check: async (_op, store, files) => checkPolicyFiles(engine, store, files),
    reload: async (op) => {
      const { mistakes, stores } = await rulebook.reload(op)
      return { mistakes, stores: stores.map(({ store, digest }) => ({ store, digest })) }
    },
    list: async (op) =>
      (await rulebook.describe(op)).map(({ store, keeper, folderOnly, active }) => {
        const { digest, activatedAtMs, activatedBy } = active
        return { store, keeper, folderOnly, digest, activatedAtMs, activatedBy }
      }),
    versions: async (op, name) => {
      const store = known(name)
      return store && rulebook.versions(op, store)
    },
    files: async (op, name, digest) => {
      const store = known(name)
      const content = store && (await rulebook.content(op, store, digest))
      const source = content === undefined ? undefined : readContent(content)
      return source && [source.schema, source.words, ...source.policies]
    },
    activate: async (op, store, files, seen) => rulebook.activate(op, store, { files }, seen),
    rollBack: async (op, store, digest, seen) => rulebook.activate(op, store, { digest }, seen),
    release: async (op, store, seen) => rulebook.release(op, store, seen),
  }
}
