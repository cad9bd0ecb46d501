/**
 * The page as a function from what it shows to HTML, and its one script.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { Eta } from 'eta'

/**
 * Moves the token from the fragment, which no server sees, into the form and out
 * of the address. Without script it is pasted.
 */
export const script: string = `'use strict'
const token = location.hash.slice(1)
const field = document.querySelector('input[name="token"]')
if (field !== null && token.startsWith('b1.')) {
  const label = field.closest('label')
  field.value = token
  field.type = 'hidden'
  if (label !== null) label.replaceWith(field)
  history.replaceState(null, '', location.pathname)
  document.querySelector('input[name="username"]').focus()
}
`

/** What the page shows. */
export type SetupPage =
  | { readonly is: 'done' }
  | {
      readonly is: 'form'
      readonly nonce: string
      /** What was wrong with the last try, and what was typed, but for the password. */
      readonly again?: {
        readonly problem: string
        /** A token that may still be good is kept out of sight. */
        readonly token: { readonly text: string; readonly mayBeGood: boolean }
        readonly username: string
        readonly name: string
      }
    }

/** Where the page's links go. */
export interface SetupPlaces {
  /** The path below which our pages are; empty for most. */
  readonly base: string
  readonly stylesheet: string
}

/** Renders the page. */
export function openSetupPage({ base, stylesheet }: SetupPlaces): (page: SetupPage) => string {
  const eta = new Eta({ autoEscape: true, autoTrim: [false, 'nl'] })
  const template = eta.compile(readFileSync(new URL('pages/setup.eta', import.meta.url), 'utf8'))
  const around = { stylesheet, script: `${base}/assets/setup.js`, action: `${base}/setup`, signIn: `${base}/sign-in` }
  const heading = 'Make the first administrator'
  const empty = { ...around, heading, title: heading, problem: '', keepsToken: false, token: '', username: '', name: '' }
  return (page) => {
    if (page.is === 'done') return eta.render(template, { ...empty, isForm: false, heading: 'Welcome', title: 'Welcome', nonce: '' })
    const { nonce, again } = page
    if (again === undefined) return eta.render(template, { ...empty, isForm: true, nonce })
    const { problem, token, username, name } = again
    const typed = { problem, username, name, token: token.text, keepsToken: token.mayBeGood }
    return eta.render(template, { ...empty, isForm: true, nonce, ...typed, title: `Not done: ${heading}` })
  }
}
