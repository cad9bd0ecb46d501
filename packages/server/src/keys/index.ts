/** Keys and signing: the only home of private key material. @module */

export type {
  HashingPurpose,
  Keys,
  NewPersonKey,
  PersonKey,
  PersonKeys,
  PublicJwk,
  Signature,
  SigningAlgorithm,
  SigningPurpose,
  SealingPurpose,
} from './contract.ts'
export { openUnderSecret, sealUnderSecret } from './sealed-by-secret.ts'
