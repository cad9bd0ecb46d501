/** Decisions by Cedar policies, as pure functions over text that others bring. @module */

export { createCedarEngine, createReceivingEngine, createRemoteEngine, type Build } from './cedar-engine.ts'
export { createClerk, type ClerkAnswer, type ClerkTask } from './clerk.ts'
export type { Confirm, Difference } from './confirm.ts'
export { compareEngines, type Comparison, type Disagreement } from './disagreement.ts'
export { decide, decisionRecord, findAskMistake, sayWhyNot, type Ask, type AskedThing, type Because, type Decision } from './decide.ts'
export {
  enforce,
  type ActionShape,
  type AuthorizationRequest,
  type Compiled,
  type CompiledSet,
  type Entity,
  type EntityUid,
  type ErringPolicy,
  type Evaluation,
  type PolicyEngine,
  type PolicyId,
  type PolicySummary,
  type PrincipalScope,
  type ReceivingEngine,
  type RulesEngine,
  type SchemaView,
  type Value,
} from './engine.ts'
export { exportSet, importSet, importSetBy, sendSet } from './export.ts'
export { compiler, freezeSet, thawSet } from './frozen.ts'
export type { RequestFacts } from './facts.ts'
export { exceeding, holdsEverything, type Granted, type Holder } from './holding.ts'
export { sayMistake, type Mistake, type SourceFile } from './mistake.ts'
export type { Missing } from './missing.ts'
export type { Belonging } from './principal-entity.ts'
export { createReferee } from './referee.ts'
export { exportSource, readContent, readSource, type ExportedSet, type SentSet, type StoreSource } from './source.ts'
export type { Words } from './words.ts'
