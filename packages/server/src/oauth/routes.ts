/**
 * The endpoints of the authorization server. Who may do what here is decided by
 * the client's registration and never by a policy; `grants/` and
 * `authorize/check.ts` are that decision.
 *
 * @module
 */

import { Type, type TSchema } from 'typebox'
import type { Route } from '#http'
import { idTokenPurposes } from '#keys'
import type { Authorize } from './authorize/authorize.ts'
import { authorizeSchema } from './authorize/request.ts'
import { preflight } from './cross-origin.ts'
import { feedSchema, type RevocationFollowers } from './feed/feed.ts'
import { answerIntrospection, type IntrospectPorts } from './introspect.ts'
import type { Places } from './issuer.ts'
import { confirmSchema, logoutSchema, type Logout } from './logout/logout.ts'
import { answerKeys, answerMetadata, metadataPaths, type Offered } from './metadata.ts'
import { answerPush, pushSchema, type PushPorts } from './pushed/push.ts'
import { answerRevocation, tokenNamedSchema, type RevokePorts } from './revoke.ts'
import { answerTokenRequest, tokenSchema, type TokenPorts } from './token/token.ts'
import { answerUserinfo, userinfoSchema, type UserinfoPorts } from './userinfo.ts'

const resumeSchema: TSchema = Type.Object({ state: Type.String({ maxLength: 16_384 }) }, { additionalProperties: true })
const anything: TSchema = Type.Object({}, { additionalProperties: true })
const oauthError: TSchema = Type.Object({ error: Type.String(), error_description: Type.String() }, { additionalProperties: true })

const page = { caller: 'anyone', limit: 'page', answers: 'page' } as const

const open = { caller: 'anyone', limit: 'metadata', answers: 'oauth' } as const

/** For browsers. */
export function pageRoutes({ path }: Places, authorize: Authorize, logout: Logout): readonly Route[] {
  const moves = { 303: 'redirect', 400: 'html' } as const
  // A page that posts the answer to the client.
  const answers = { ...moves, 200: 'html' } as const
  return [
    {
      ...page,
      method: 'GET',
      path: path('/authorize'),
      schema: { query: authorizeSchema, answers },
      summary: 'Begins an authorization (RFC 6749 section 4.1.1, PKCE with S256): sends the browser to sign in or back with a code.',
      handle: authorize.begin,
    },
    {
      ...page,
      method: 'POST',
      path: path('/authorize'),
      unsafelyFromAnySite: true, // OpenID Connect Core section 3.1.2.1: clients may send the request as a form
      schema: { body: authorizeSchema, bodyType: 'form', answers: moves },
      summary: 'The same as a form.',
      handle: authorize.beginByForm,
    },
    {
      ...page,
      method: 'GET',
      path: path('/authorize/resume'),
      schema: { query: resumeSchema, answers },
      summary: 'Goes on with an authorization after the person has signed in.',
      handle: authorize.resume,
    },
    {
      ...page,
      method: 'GET',
      path: path('/logout'),
      schema: { query: logoutSchema, answers },
      summary: 'Signs the person out (OpenID Connect RP-Initiated Logout 1.0), after asking them where nothing shows that they want it.',
      handle: logout.begin,
    },
    {
      ...page,
      method: 'POST',
      path: path('/logout'),
      unsafelyFromAnySite: true, // RP-Initiated Logout section 2: clients may send the request as a form
      schema: { body: logoutSchema, bodyType: 'form', answers: moves },
      summary: 'The same as a form.',
      handle: logout.beginByForm,
    },
    {
      ...page,
      method: 'POST',
      path: path('/logout/confirm'),
      schema: { body: confirmSchema, bodyType: 'form', answers: moves },
      summary: 'What the person said on the page that asks whether to sign out.',
      handle: logout.confirm,
    },
  ]
}

/** For programs. */
export function protocolRoutes(places: Places, ports: TokenPorts & RevokePorts & UserinfoPorts & PushPorts & Offered): readonly Route[] {
  const { path } = places
  const protocol = { caller: 'client', limit: 'token', answers: 'oauth' } as const
  return [
    {
      ...protocol,
      method: 'POST',
      path: path('/token'),
      schema: { body: tokenSchema, bodyType: 'form', answers: { 200: anything, 400: oauthError, 401: oauthError } },
      summary: 'Gives out tokens (RFC 6749 section 3.2) for an authorization code, a refresh token or the client itself.',
      handle: async (op, input) => answerTokenRequest(op, input, ports),
    },
    {
      ...protocol,
      method: 'POST',
      path: path('/par'),
      schema: { body: pushSchema, bodyType: 'form', answers: { 201: anything, 400: oauthError, 401: oauthError } },
      summary: 'Takes an authorization request from the client itself and gives a reference to it (RFC 9126).',
      handle: async (op, input) => answerPush(op, input, ports),
    },
    {
      ...protocol,
      method: 'POST',
      path: path('/revoke'),
      schema: { body: tokenNamedSchema, bodyType: 'form', answers: { 200: 'empty', 400: oauthError, 401: oauthError } },
      summary: 'Revokes a token of the client that asks (RFC 7009).',
      handle: async (op, input) => answerRevocation(op, input, ports),
    },
    {
      ...protocol,
      limit: 'api',
      method: 'GET',
      path: path('/userinfo'),
      schema: { answers: { 200: anything, 401: oauthError, 403: oauthError } },
      summary: 'Says what the access token lets its holder know of the person (OpenID Connect Core section 5.3).',
      handle: async (op, input) => answerUserinfo(op, input, 'GET', ports),
    },
    {
      ...protocol,
      limit: 'api',
      method: 'POST',
      path: path('/userinfo'),
      schema: { body: userinfoSchema, bodyType: 'form', answers: { 200: anything, 401: oauthError, 403: oauthError } },
      summary: 'The same by POST.',
      handle: async (op, input) => answerUserinfo(op, input, 'POST', ports),
    },
    ...metadataPaths(places).map((metadataPath): Route => ({
      ...open,
      method: 'GET',
      path: metadataPath,
      schema: { answers: { 200: anything } },
      summary: 'Where the endpoints are and what they can do (OpenID Connect Discovery 1.0, RFC 8414).',
      handle: async () => answerMetadata(places, ports),
    })),
    {
      ...open,
      method: 'GET',
      path: path('/jwks'),
      schema: { answers: { 200: anything } },
      summary: 'The public keys that verify our tokens (RFC 7517).',
      handle: async (op) => answerKeys(op, ports.keys, [...Object.values(idTokenPurposes), 'access-token']),
    },
    {
      ...open,
      method: 'GET',
      path: path('/assertion-jwks'),
      schema: { answers: { 200: anything } },
      summary: 'The public keys that verify the assertions of the gateway (RFC 7517).',
      handle: async (op) => answerKeys(op, ports.keys, ['gateway-assertion']),
    },
    ...preflightRoutes(places),
  ]
}

/** For resource servers. No page of another origin has business here, so none may read the answers. */
export function introspectionRoutes({ path }: Places, ports: IntrospectPorts, followers: RevocationFollowers): readonly Route[] {
  return [
    {
      caller: 'client',
      limit: 'api',
      answers: 'oauth',
      method: 'POST',
      path: path('/revocations'),
      schema: { body: feedSchema, bodyType: 'form', answers: { 200: anything, 400: oauthError, 401: oauthError, 403: oauthError } },
      summary: 'What was revoked since a number, for resource servers that verify access tokens themselves; waits a moment for news.',
      handle: async (op, input) => followers.answer(op, input),
    },
    {
      caller: 'client',
      limit: 'api', // as often as a resource server is called
      answers: 'oauth',
      method: 'POST',
      path: path('/introspect'),
      schema: { body: tokenNamedSchema, bodyType: 'form', answers: { 200: anything, 400: oauthError, 401: oauthError } },
      summary: 'Says whether an access token for a resource of the client that asks is active, and what it allows (RFC 7662).',
      handle: async (op, input) => answerIntrospection(op, input, ports),
    },
  ]
}

/** Browsers ask first where a request carries more than the simplest fields. */
function preflightRoutes(places: Places): readonly Route[] {
  const endpoints: readonly (readonly [`/${string}`, string])[] = [
    [places.path('/token'), 'POST'],
    [places.path('/par'), 'POST'],
    [places.path('/revoke'), 'POST'],
    [places.path('/userinfo'), 'GET, POST'],
    [places.path('/jwks'), 'GET'],
    ...metadataPaths(places).map((path) => [path, 'GET'] as const),
  ]
  return endpoints.map(([path, methods]) => ({
    ...open,
    method: 'OPTIONS',
    path,
    schema: { answers: { 204: 'empty' } },
    summary: 'Tells browsers that pages of any origin may call this endpoint, without cookies.',
    handle: async () => preflight(methods),
  }))
}
