/** What a person sees: sign-in, consent, sign-out, and the page that says no. @module */

export { browserCookieName, sessionCookieName } from './browser.ts'
export type { ScopeWords } from './consent-words.ts'
export { events } from './events.ts'
export type { Field, Pages, Person, SignOutPage } from './pages.ts'
export type { Authorizations, CountStranger, PendingRequest, SigninPorts } from './ports.ts'
export { renderRefusalPage, type RefusalWords } from './refusal-page.ts'
export { signinRefusals, type SigninRefusalCode } from './refusals.ts'
export { createSignin, type Signin, type SigninOptions } from './signin.ts'
export { openStylesheet, stylesheetHref, stylesheetPath, type Stylesheet } from './stylesheet.ts'
