/** The shapes of policy stores and their versions. @module */

import { Type, type TSchema } from 'typebox'
import { closed, policyFiles, policyMistake, storeName, text } from './shapes.ts'

/** SHA-256 in base64url. */
const digest: TSchema = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' })

/** The parameter of a path that names a policy store. */
export const storeParams: TSchema = Type.Object({ store: storeName }, closed)

export const versionParams: TSchema = Type.Object({ store: storeName, digest: text(64) }, closed)

const activation = { digest: Type.String(), activatedAtMs: Type.Integer(), activatedBy: Type.Optional(Type.String()) }

const state = {
  store: Type.String(),
  keeper: Type.Union([Type.Literal('folder'), Type.Literal('api')]),
  folderOnly: Type.Boolean(),
  ...activation,
}

const files: TSchema = Type.Array(Type.Object({ name: Type.String(), text: Type.String() }, closed))

export const policyStores: TSchema = Type.Object({ items: Type.Array(Type.Object(state, closed)) }, closed)

export const policyStore: TSchema = Type.Object({ ...state, files }, closed)

const version = { ...activation, active: Type.Boolean() }

/** At most a hundred are kept. */
export const policyVersions: TSchema = Type.Object({ items: Type.Array(Type.Object(version, closed)) }, closed)

export const policyVersion: TSchema = Type.Object({ ...version, files }, closed)

export const newPolicies: TSchema = Type.Object({ files: policyFiles }, closed)

export const rollBack: TSchema = Type.Object({ digest }, closed)

/** Where files are wrong. Nothing was changed. */
export const mistakenPolicies: TSchema = Type.Object(
  { code: Type.Literal('policies.mistaken'), detail: Type.String(), mistakes: Type.Array(policyMistake) },
  closed,
)
