/** The words that every module speaks: ids, principals, operations, refusals, time, chance, secrets. It does no I/O. @module */

export { base64url, hashing, hmacSha256, readBase64url, readUtf8, sameBytes, sameText, sha256, sha512, utf8 } from './bytes.ts'
export { epochSeconds, systemClock, type Clock, type EpochSeconds } from './clock.ts'
export { readCursor, writeCursor, type Place } from './cursor.ts'
export { environment, type Environment } from './environment.ts'
export type { AuditEvent, DecisionRecord, EventName } from './event.ts'
export {
  newId,
  readId,
  type ClientId,
  type CodeId,
  type ConsentId,
  type RouteId,
  type FamilyId,
  type GroupId,
  type Id,
  type IdKind,
  type InstanceId,
  type KeyId,
  type RequestId,
  type SessionId,
  type TenantId,
  type TokenId,
  type UserId,
  type WriterId,
} from './ids.ts'
export { isLoopback } from './loopback.ts'
export { StartMistake } from './mistake.ts'
export { networkOf } from './network.ts'
export { actingAs, systemOperation, type Actor, type Operation } from './operation.ts'
export { readClientIdentifier, readPolicyStoreName, type ClientIdentifier, type PolicyStoreName } from './outside.ts'
export type { Credential, MachineOwner, Principal, Proof, ServicePrincipal, UserPrincipal } from './principal.ts'
export { randomBytes, randomText } from './random.ts'
export { Refusal, refusals, Unavailable, type Refuse } from './refusal.ts'
export { Secret } from './secret.ts'
export { programVersion } from './version.ts'
