import type { Route, RouteSchema } from '#http'
import { Type } from 'typebox'
import { showStylesheet } from './assets.ts'
import type { ConsentHandlers } from './consent.ts'
import type { SignInHandlers } from './sign-in.ts'
import type { SignOutHandlers } from './sign-out.ts'
import { stylesheetPath } from './stylesheet.ts'

/** A sealed authorization request is at most a query of 8 KiB, sealed and in base64url. */
const state = Type.String({ minLength: 1, maxLength: 16_384, description: 'What the authorization endpoint sent the browser here with.' })

const closed = { additionalProperties: false } as const

const page = { 200: 'html' } as const

const signInPage: RouteSchema = {
  query: Type.Object({ state: Type.Optional(state) }, closed),
  answers: { ...page, 303: 'redirect', 400: 'html' },
}

const signInForm: RouteSchema = {
  bodyType: 'form',
  body: Type.Object(
    {
      username: Type.String({ maxLength: 320, description: 'A user name or an email address.' }),
      password: Type.String({ maxLength: 1_024 }),
      state: Type.Optional(state),
    },
    closed,
  ),
  answers: { 303: 'redirect', 400: 'html', 401: 'html', 429: 'html', 503: 'html' },
}

const consentPage: RouteSchema = { query: Type.Object({ state }, closed), answers: { ...page, 400: 'html' } }

const consentForm: RouteSchema = {
  bodyType: 'form',
  body: Type.Object({ state, decision: Type.Union([Type.Literal('allow'), Type.Literal('deny')]) }, closed),
  answers: { 303: 'redirect', 200: 'html', 400: 'html' },
}

const signOutForm: RouteSchema = {
  bodyType: 'form',
  body: Type.Object({ state: Type.Optional(state) }, closed),
  answers: { 303: 'redirect' },
}

const stylesheet: RouteSchema = {
  query: Type.Object({ v: Type.Optional(Type.String({ maxLength: 64, description: 'The version that a page links to.' })) }, closed),
  answers: { 200: Type.String(), 304: 'empty' },
}

/** The pages of sign-in. The order is the order of the API document. */
export function signinRoutes(
  base: '' | `/${string}`,
  signIn: SignInHandlers,
  consent: ConsentHandlers,
  signOut: SignOutHandlers,
): readonly Route[] {
  const at = (path: `/${string}`): `/${string}` => `${base}${path}`
  return [
    {
      method: 'GET',
      path: at('/sign-in'),
      caller: 'anyone',
      limit: 'page',
      schema: signInPage,
      answers: 'page',
      summary: 'The page where a person signs in.',
      handle: (op, input) => signIn.show(op, input),
    },
    {
      method: 'POST',
      path: at('/sign-in'),
      caller: 'anyone',
      limit: 'sign-in',
      schema: signInForm,
      answers: 'page',
      summary: 'Signs a person in with a password and sends the browser on.',
      handle: (op, input) => signIn.submit(op, input),
    },
    {
      method: 'GET',
      path: at('/consent'),
      caller: 'session',
      limit: 'page',
      schema: consentPage,
      answers: 'page',
      summary: 'The page that asks a person whether an app may use their account.',
      handle: (op, input) => consent.show(op, input),
    },
    {
      method: 'POST',
      path: at('/consent'),
      caller: 'session',
      limit: 'page',
      schema: consentForm,
      answers: 'page',
      summary: 'What the person decided.',
      handle: (op, input) => consent.decide(op, input),
    },
    {
      method: 'GET',
      path: at('/signed-in'),
      caller: 'anyone',
      limit: 'page',
      schema: { answers: { ...page, 303: 'redirect' } },
      answers: 'page',
      summary: 'Says who is signed in, or sends the browser to sign in.',
      handle: (op, input) => signOut.showSignedIn(op, input),
    },
    {
      method: 'POST',
      path: at('/sign-out'),
      caller: 'anyone',
      limit: 'page',
      schema: signOutForm,
      answers: 'page',
      summary: 'Ends the session of this browser by the wish of its person.',
      handle: (op, input) => signOut.signOut(op, input),
    },
    {
      method: 'GET',
      path: at('/signed-out'),
      caller: 'anyone',
      limit: 'page',
      schema: { answers: page },
      answers: 'page',
      summary: 'Says that one is signed out.',
      handle: (op, input) => signOut.showSignedOut(op, input),
    },
    {
      method: 'GET',
      path: at(stylesheetPath),
      caller: 'anyone',
      limit: 'metadata',
      schema: stylesheet,
      answers: 'problem',
      summary: 'The stylesheet of all pages.',
      handle: showStylesheet,
    },
  ]
}
