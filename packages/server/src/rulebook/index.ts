/** Which policies decide, and since when. @module */

export { events } from './events.ts'
export { readFolder, type StoreFolder } from './folder.ts'
export { migrations } from './migrations.ts'
export {
  checkPolicyFiles,
  openRulebook,
  PolicyMistakes,
  type OtherServers,
  type Reloaded,
  type ReloadedStore,
  type Rulebook,
  type RulebookParts,
} from './rulebook.ts'
export type { PolicyVersion } from './store.ts'
