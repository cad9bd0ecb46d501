/** Keys and signing: the only home of private key material. @module */

export { newBackupMac, openBackupMac, type BackupMac, type BackupMacKey } from './backup-mac.ts'
export {
  assertedKeyId,
  assertedSubject,
  maxAssertionChars,
  maxRequestObjectChars,
  readClientKey,
  verifyAssertion,
  verifyRequestObject,
  verifySharedAssertion,
  type ClientSigned,
  type SharedSecret,
} from './client-keys.ts'
export { describeCertificate, readCertificates, type CertificateFacts, type CertificateQuestions } from './certificate.ts'
export type {
  GatewayKeys,
  HashingPurpose,
  IdTokenPurpose,
  Keys,
  ListedKey,
  NewPersonKey,
  PersonKey,
  PersonKeys,
  PrivateJwk,
  PublicJwk,
  SealingKeyExport,
  SealingPurpose,
  Signature,
  SigningAlgorithm,
  SigningPurpose,
} from './contract.ts'
export { events } from './events.ts'
export { createAssertionSigner, createStateSealer, type AssertionSigner, type StateSealer } from './gateway-keys.ts'
export { readJsonObject } from './json.ts'
export type { Generate } from './make-keys.ts'
export { migrations } from './migrations.ts'
export { readJsonArray } from './json.ts'
export { KeyMistake, type KeyMistakeCode } from './mistakes.ts'
export { keysForNewLife, type NewLifeKeys } from './new-life.ts'
export { openKeys, type KeysOptions, type OpenedKeys } from './open-keys.ts'
export { idTokenPurposes, signingAlgorithms } from './purposes.ts'
export { openRootKeyFile } from './root-check.ts'
export { createRootKey, readRootKey } from './root-key.ts'
export { rotationRefusals, sweep } from './rotation.ts'
export { listPersonKeys, peopleWithoutKey, putPersonKeys, putPurposeKeys, type PersonKeyRow, type PurposeKeyRow } from './store.ts'
export { personKeyLines, purposeKeyLines, readKeyLine, type KeyLine } from './travelling.ts'
export { openUnderSecret, sealUnderSecret } from './sealed-by-secret.ts'
export { openFileVault, vaultRefusals, type KeyVault, type WrappedKey } from './vault.ts'
export { verifySelfSigned, type SelfSigned } from './self-signed.ts'
export { verifyJws, verifySignature } from './verify-jws.ts'
export { makeAuthority, type Authority, type CertificateSubject, type Issued, type Life } from './x509/authority.ts'
export { readDistinguishedName } from './x509/distinguished-name.ts'
export { readClientCertificate, readIpName, type ClientCertificate } from './x509/client-certificate.ts'
