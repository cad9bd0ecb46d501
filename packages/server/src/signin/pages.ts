/**
 * Every page as a function from what it shows to HTML. They take no request and
 * have no effect, so that a test can look at each.
 *
 * @module
 */

import type { Address } from '#identity'
import { asksFor, placeOf, type MappedClaims, type ScopeWords } from './consent-words.ts'
import { detailFor } from './detail-words.ts'
import { escapeHtml, fill, fillRich, messages } from './messages.en.ts'
import type { AskedDetail } from './ports.ts'
import { stylesheetHref } from './stylesheet.ts'
import { openTemplates, type RenderTemplate } from './templates.ts'

export interface PagesOptions {
  /** The path below which our pages are; empty for most. */
  readonly base: string
  /** The name above each page. */
  readonly brand?: string | undefined
  /** What custom scopes mean, in words. */
  readonly scopeWords?: ScopeWords | undefined
  /** What scopes tell beside the standard claims. */
  readonly mappedClaims?: MappedClaims | undefined
}

export interface SignInPage {
  /** The app that asked for the sign-in, in words; absent when nobody did. */
  readonly app?: string | undefined
  readonly state?: string | undefined
  /** What was typed, kept for the next try. */
  readonly username: string
  readonly problem?: string | undefined
}

export interface Person {
  readonly username: string
  readonly name?: string | undefined
  readonly email?: string | undefined
  readonly phoneNumber?: string | undefined
  readonly address?: Address | undefined
}

export interface ConsentPage {
  readonly app: string
  readonly redirectUri: string
  readonly scopes: readonly string[]
  /** Beside what the scopes tell. */
  readonly claims: readonly string[]
  readonly details: readonly AskedDetail[]
  readonly state: string
  readonly person: Person
}

/** A page that asks whether to sign out: a form that posts `fields` to `action`. */
export interface SignOutPage {
  readonly action: string
  readonly fields: readonly Field[]
}

export interface Field {
  readonly name: string
  readonly value: string
}

/** A page that says no, or that something did not work. */
export interface Refused {
  readonly heading: string
  /** One paragraph each. They are escaped here. */
  readonly sentences: readonly string[]
  readonly facts?: readonly Field[] | undefined
  /** Where a person may go now. Other than our own paths, only http and https addresses are linked. */
  readonly action?: { readonly label: string; readonly href: string } | undefined
  /** The address of the stylesheet, where it is not ours. */
  readonly stylesheet?: string | undefined
}

export interface Pages {
  signIn(page: SignInPage): string
  consent(page: ConsentPage): string
  signedIn(person: Person): string
  signOut(page: SignOutPage): string
  signedOut(): string
  refused(page: Refused): string
}

interface Form {
  readonly action: string
  readonly fields: readonly Field[]
  readonly button: { readonly label: string; readonly quiet: boolean }
}

interface Message {
  readonly title: string
  readonly heading: string
  readonly paragraphs: readonly string[]
  readonly forms?: readonly Form[]
  readonly link?: { readonly label: string; readonly href: string; readonly quiet: boolean } | undefined
  readonly facts?: readonly Field[]
  readonly stylesheet?: string
}

export function createPages(options: PagesOptions): Pages {
  const { base, brand = messages.brand, scopeWords = {}, mappedClaims = {} } = options
  const render: RenderTemplate = openTemplates()
  const around = { language: 'en', brand, stylesheet: stylesheetHref(base) }
  const message = (page: Message): string => render('message', { forms: [], facts: [], link: undefined, ...around, ...page })

  return {
    signIn: ({ app, state, username, problem }) => {
      const heading = app === undefined ? messages['sign_in.heading'] : fill('sign_in.heading_app', { app })
      const title = problem === undefined ? heading : fill('sign_in.title_problem', { heading })
      const words = { username: messages['sign_in.username'], password: messages['sign_in.password'], submit: messages['sign_in.submit'] }
      return render('sign-in', { ...around, title, heading, problem, state, username, words, action: `${base}/sign-in` })
    },

    consent: ({ app, redirectUri, scopes, claims, details, state, person }) => {
      const title = fill('consent.heading', { app })
      const question = fillRich('consent.heading', { app })
      const place = placeOf(redirectUri)
      const lead = place === undefined ? fillRich('consent.lead_here', { app }) : fillRich('consent.lead', { app, place })
      const words = { allow: messages['consent.allow'], deny: messages['consent.deny'], notYou: messages['consent.not_you'] }
      const who = fillRich('consent.who', { name: person.username })
      const actions = { action: `${base}/consent`, signOutAction: `${base}/sign-out` }
      return render('consent', {
        ...around,
        ...actions,
        title,
        question,
        lead,
        asks: asksFor({ scopes, claims }, person, { scopes: scopeWords, claims: mappedClaims }),
        details: details.map(detailFor),
        who,
        state,
        words,
      })
    },

    signedIn: (person) => {
      const heading = messages['signed_in.heading']
      const button = { label: messages['signed_in.sign_out'], quiet: true }
      const forms = [{ action: `${base}/sign-out`, fields: [], button }]
      return message({ title: heading, heading, paragraphs: [fillRich('signed_in.who', { name: person.name ?? person.username })], forms })
    },

    signOut: ({ action, fields }) => {
      const heading = messages['sign_out.heading']
      const forms = [{ action, fields, button: { label: messages['sign_out.yes'], quiet: false } }]
      const link = { label: messages['sign_out.no'], href: `${base}/signed-in`, quiet: true }
      return message({ title: heading, heading, paragraphs: [fillRich('sign_out.lead', {})], forms, link })
    },

    signedOut: () => {
      const heading = messages['signed_out.heading']
      const link = { label: messages['signed_out.again'], href: `${base}/sign-in`, quiet: true }
      return message({ title: heading, heading, paragraphs: [fillRich('signed_out.sentence', {})], link })
    },

    refused: ({ heading, sentences, facts = [], action, stylesheet = around.stylesheet }) => {
      const link = action !== undefined && isPlaceToGo(action.href) ? { ...action, quiet: false } : undefined
      return message({ title: heading, heading, paragraphs: sentences.map(escapeHtml), facts, link, stylesheet })
    },
  }
}

/** A path of ours, or a web address: nothing that runs when it is clicked. */
function isPlaceToGo(href: string): boolean {
  if (/^\/(?![/\\])/.test(href)) return true
  const protocol = URL.parse(href)?.protocol
  return protocol === 'https:' || protocol === 'http:'
}
