/**
 * What each refusal of an authorization request is called on the wire, RFC 6749
 * section 4.1.2.1, OpenID Connect Core section 3.1.2.6, RFC 8707 section 2, OpenID
 * Connect Core Error Code unmet_authentication_requirements 1.0, RFC 9101 section 7.
 *
 * @module
 */

import { authorizeSays, type AuthorizeRefusalCode } from './check.ts'

const words: Record<AuthorizeRefusalCode, string> = {
  'authorize.unknown_client': 'unauthorized_client',
  'authorize.redirect_uri': 'invalid_request',
  'authorize.state_not_valid': 'invalid_request',
  'authorize.request_object': 'invalid_request_object',
  'authorize.request_object_encrypted': 'invalid_request_object',
  'authorize.request_not_signed': 'invalid_request',
  'authorize.request_uri': 'request_uri_not_supported',
  'authorize.pushed_request': 'invalid_request_uri',
  'authorize.not_pushed': 'invalid_request',
  'authorize.registration': 'registration_not_supported',
  'authorize.response_type_missing': 'invalid_request',
  'authorize.response_type': 'unsupported_response_type',
  'authorize.response_mode': 'invalid_request',
  'authorize.answer_not_signed': 'invalid_request',
  'authorize.answer_algorithm': 'unauthorized_client',
  'authorize.id_token_hint': 'invalid_request',
  'authorize.grant_not_allowed': 'unauthorized_client',
  'authorize.pkce_missing': 'invalid_request',
  'authorize.pkce_method': 'invalid_request',
  'authorize.pkce_malformed': 'invalid_request',
  'authorize.scope': 'invalid_scope',
  'authorize.prompt': 'invalid_request',
  'authorize.max_age': 'invalid_request',
  'authorize.resource': 'invalid_target',
  'authorize.dpop_jkt': 'invalid_request',
  'authorize.claims': 'invalid_request',
  'authorize.unmet_authentication': 'unmet_authentication_requirements',
  'authorize.authorization_details': 'invalid_authorization_details',
  'authorize.login_required': 'login_required',
  'authorize.consent_required': 'consent_required',
  'authorize.denied': 'access_denied',
}

export function errorWords(code: AuthorizeRefusalCode): { readonly error: string; readonly description: string } {
  return { error: words[code], description: authorizeSays[code] }
}
