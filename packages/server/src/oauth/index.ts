/** The authorization server: clients, authorization, tokens, metadata, sign-out. @module */

export { clientAnswers, pageAnswers, protocolAnswers, type ProtocolRefusalCode } from './answers.ts'
export { sessionCookieName, type PendingRequest } from './authorize/authorize.ts'
export { authorizeSays, authorizeSteps, type AuthorizeRefusalCode, type Step } from './authorize/check.ts'
export type { SignedIn } from './authorize/next-step.ts'
export { browserCookieName } from './browser-state.ts'
export type { ClaimPlace, Person } from './claims.ts'
export type { Client, GrantType, KnownClient, Registration } from './clients/client.ts'
export { createClients, type Clients, type ClientsPorts, type NewClient } from './clients/clients.ts'
export {
  askedMetadata,
  changedMetadata,
  metadataChangeOf,
  metadataOf,
  shownMetadata,
  type ClientAuthMethod,
  type ClientMetadata,
  type MetadataChange,
  type SecurityProfile,
} from './clients/metadata.ts'
export {
  clientSays,
  readClientKeys,
  type ClientRefusalCode,
  type NewRegistration,
  type RegistrationChange,
} from './clients/registration.ts'
export { registrationVersion } from './clients/store.ts'
export { listClientStandings, withdrawFromClient, type ClientStanding } from './clients/standing.ts'
export { consentSays, createConsents, type ConsentRefusalCode, type Consents, type ConsentsPorts } from './consents/consents.ts'
export { countConsents, type RememberedConsent } from './consents/store.ts'
export { mistakesInDetailTypes, type DetailType, type DetailTypeSettings } from './details/registered.ts'
export type { ShownDetail } from './details/show.ts'
export { dpopSays, type DpopRefusalCode } from './dpop/dpop.ts'
export { events, type OAuthEventName } from './events.ts'
export { feedSays, type FeedRefusalCode } from './feed/feed.ts'
export { introspectSays, type IntrospectRefusalCode } from './introspect.ts'
export { userinfoAudience } from './issuer.ts'
export { logoutSays, type LogoutRefusalCode } from './logout/judge.ts'
export type { SignOutPage } from './logout/logout.ts'
export { claimSources, mappingMistakes, type ClaimMapping, type ClaimMappings } from './mapped-claims.ts'
export { metadata } from './metadata.ts'
export { migrations } from './migrations.ts'
export { createOAuth, type OAuth, type OAuthPorts, type Redeemed } from './oauth.ts'
export { revokeSays, type RevokeRefusalCode } from './revoke.ts'
export { certificateSays, type CertificateRefusalCode } from './token/sender.ts'
export { clientAuthSays, type ClientAuthRefusalCode } from './token/credentials.ts'
export { grantSays, type GrantRefusalCode } from './token/grants/refusals.ts'
export { userinfoSays, type UserinfoRefusalCode } from './userinfo.ts'
