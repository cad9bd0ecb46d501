/** `countersign policy check`, without a server. @module */

import { createCedarEngine, type Mistake } from '#policy'
import { checkPolicyFiles } from '#rulebook'

/** What is wrong with the files of a store; nothing when they are right. */
export async function checkPolicies(
  store: string,
  files: readonly { readonly name: string; readonly text: string }[],
): Promise<readonly Mistake[]> {
  return checkPolicyFiles(createCedarEngine(), store, files)
}
