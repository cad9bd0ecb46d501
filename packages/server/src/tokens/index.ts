/** Tokens: issued, believed, refreshed, taken away. @module */

export {
  accessClaims,
  defaultAccessTokenSeconds,
  longestAccessTokenSeconds,
  type AccessClaims,
  type AccessGrant,
  type AuthorizationDetail,
  type AccessToken,
  type Subject,
} from './access.ts'
export { readConfirmation, type Confirmation } from './confirmation.ts'
export { events, type TokenEventName } from './events.ts'
export { newFamilyId, prepareRefresh, type NewFamily, type PreparedRefresh, type Refreshed } from './families/families.ts'
export { defaultLifetimes, type Family, type FamilyEnd, type FamilyLifetimes, type GrantedClaims } from './families/family.ts'
export {
  familySays,
  type FamilyListRequest,
  type FamilyPage,
  type FamilyRefusalCode,
  type LiveFamily,
  type WhoseFamilies,
} from './families/live.ts'
export { checkNarrowed, refreshSays, type Presenter, type RefreshRefusalCode } from './families/judge.ts'
export { newRefreshToken, writeRefreshToken, type RefreshToken } from './families/refresh-token.ts'
export type { FamilyFilter } from './families/store.ts'
export { idTokenSeconds, type IdTokenClaims, type IdTokenGrant, type IdTokenHint } from './id-token.ts'
export { migrations } from './migrations.ts'
export type { RevocationBatch, RevocationListener } from './revocations/acknowledgements.ts'
export { freshForMs, type FeedSnapshot } from './revocations/feed.ts'
export { concerns, type Revocable, type Revocation, type RevocationKind, type RevocationMarks } from './revocations/revocation.ts'
export { createTokens, type Revocations, type Tokens, type TokensOptions } from './tokens.ts'
export { tokenSays, type BelievedSubject, type BelievedToken, type TokenRefusalCode } from './verify.ts'
