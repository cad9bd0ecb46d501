/** Which policies decide, and since when. @module */

export { events } from './events.ts'
export { readFolder, type StoreFolder } from './folder.ts'
export { migrations } from './migrations.ts'
export {
  PolicyMistakes,
  type Activated,
  type Examined,
  type OtherServers,
  type Reloaded,
  type ReloadedStore,
  type Rulebook,
  type RulebookParts,
  type StoreState,
  type WantedSet,
} from './contract.ts'
export type { StoreKeeper } from './keeper.ts'
export { policyRefusals, type PolicyRefusalCode } from './refusals.ts'
export { checkPolicyFiles, openRulebook } from './rulebook.ts'
export type { PolicyVersion } from './store.ts'
