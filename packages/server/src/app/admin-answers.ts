/**
 * How the admin API answers what the features behind its ports refuse. The type
 * makes the table complete.
 *
 * @module
 */

import type { auditRefusals, verifyRefusals } from '#audit'
import type { RefusalAnswer } from '#http'
import type { IdentityRefusalCode } from '#identity'
import type { rotationRefusals } from '#keys'
import { clientAnswers, type ConsentRefusalCode } from '#oauth'
import type { RouteRefusalCode } from '#routing'
import type { PolicyRefusalCode } from '#rulebook'
import type { SessionRefusalCode } from '#sessions'
import type { FamilyRefusalCode, TokenRefusalCode } from '#tokens'
import { credentialAnswers } from './identify.ts'

/** What makes a caller unknown here. No page of another origin reads this API, so it is answered without the headers that let them. */
const ofCallers: Readonly<Record<TokenRefusalCode, RefusalAnswer>> = { 'token.not_valid': { status: 401, error: 'invalid_token' } }

type KeyRefusalCode = keyof typeof rotationRefusals

type AuditRefusalCode = keyof typeof auditRefusals | keyof typeof verifyRefusals

type FeatureRefusalCode =
  | AuditRefusalCode
  | ConsentRefusalCode
  | FamilyRefusalCode
  | IdentityRefusalCode
  | KeyRefusalCode
  | PolicyRefusalCode
  | RouteRefusalCode
  | SessionRefusalCode

const ofFeatures: Readonly<Record<FeatureRefusalCode, RefusalAnswer>> = {
  'audit.unknown_place': { status: 400 },
  'audit.too_many_exports': { status: 429 },
  'audit.unreadable_key': { status: 400 },
  'consent.bad_cursor': { status: 400 },
  'family.bad_cursor': { status: 400 },
  'identity.unknown_user': { status: 404 },
  'identity.unknown_group': { status: 404 },
  'identity.bad_username': { status: 422 },
  'identity.bad_email': { status: 422 },
  'identity.bad_phone_number': { status: 422 },
  'identity.bad_address': { status: 422 },
  'identity.bad_name': { status: 422 },
  'identity.bad_role': { status: 422 },
  'identity.user_changed': { status: 412 },
  'identity.group_changed': { status: 412 },
  'identity.username_taken': { status: 409 },
  'identity.email_taken': { status: 409 },
  'identity.group_taken': { status: 409 },
  'identity.too_many': { status: 409 },
  'identity.last_holder': { status: 409 },
  'identity.bad_prefix': { status: 400 },
  'identity.bad_cursor': { status: 400 },
  'keys.rotated_too_recently': { status: 409 },
  'policies.unknown_store': { status: 404 },
  'policies.unknown_version': { status: 404 },
  'policies.changed': { status: 412 },
  'policies.folder_only': { status: 409 },
  'policies.unreadable': { status: 409 },
  'routes.unknown': { status: 404 },
  'routes.changed': { status: 412 },
  'routes.no_gateway': { status: 409 },
  'routes.configured_origin': { status: 409 },
  'routes.taken': { status: 409 },
  'routes.audience_taken': { status: 409 },
  'routes.too_many': { status: 409 },
  'routes.bad_cursor': { status: 400 },
  'password.too_short': { status: 422 },
  'password.too_long': { status: 422 },
  'password.unreadable': { status: 422 },
  'password.guessable': { status: 422 },
  'session.account_changed': { status: 409 },
  'session.bad_cursor': { status: 400 },
}

export const adminAnswers: Readonly<Record<string, RefusalAnswer>> = { ...ofFeatures, ...ofCallers, ...credentialAnswers, ...clientAnswers }
