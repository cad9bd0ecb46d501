/**
 * The answer to the client, by way of the browser: in the query of its redirect
 * URI (RFC 6749 section 4.1.2), or as a form that is posted there (OAuth 2.0 Form
 * Post Response Mode), which keeps the code out of addresses and their logs.
 * Each carries the `iss` of RFC 9207, or is one signed parameter (`sign-answer.ts`).
 *
 * @module
 */

import { escapeHtml, formTarget, type Answer } from '#http'
import { redirectTo, withParameters } from '../redirect.ts'

/** JARM section 2.3: those with `.jwt` are signed. */
export const responseModes = ['query', 'form_post', 'query.jwt', 'form_post.jwt'] as const

export type ResponseMode = (typeof responseModes)[number]

/** The mode of a request; undefined for one that is not offered, or not at this address. `jwt` means the query for a code, JARM section 2.3.4. */
export function readResponseMode(said: string | undefined, redirectUri: string | undefined): ResponseMode | undefined {
  const mode = said === 'jwt' ? 'query.jwt' : (responseModes.find((one) => one === said) ?? (said === undefined ? 'query' : undefined))
  return mode !== undefined && isPosted(mode) && !mayBePosted(redirectUri) ? undefined : mode
}

const isPosted = (mode: ResponseMode): boolean => mode === 'form_post' || mode === 'form_post.jwt'

export function isSigned(mode: ResponseMode | undefined): boolean {
  return mode === 'query.jwt' || mode === 'form_post.jwt'
}

/** Where an answer goes, and how. */
export interface ReturnPath {
  readonly redirectUri: string
  readonly responseMode?: ResponseMode | undefined
}

/** What the client is told. */
export type Parameters = Readonly<Record<string, string | undefined>>

/** The page may run its one line of script under the nonce. */
export function answerClient({ redirectUri, responseMode = 'query' }: ReturnPath, parameters: Parameters, nonce: string): Answer {
  if (!isPosted(responseMode)) return redirectTo(withParameters(redirectUri, parameters))
  const target = formTarget(redirectUri)
  return {
    status: 200,
    body: { html: formPage(redirectUri, parameters, nonce), ...(target === undefined ? {} : { formTargets: [target] }) },
  }
}

/** Posting is for addresses of the web: an app on the device is started with an address and nothing else. */
function mayBePosted(redirectUri: string | undefined): boolean {
  return redirectUri !== undefined && /^https?:/.test(redirectUri)
}

/** The form sends itself; where scripts are off, the person does. Every value in it comes from outside. */
function formPage(action: string, parameters: Parameters, nonce: string): string {
  const fields = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  )
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Countersign</title></head>',
    `<body><form method="post" action="${escapeHtml(action)}">${fields.join('')}<button>Continue</button></form>`,
    `<script nonce="${escapeHtml(nonce)}">document.forms[0].submit()</script></body></html>`,
  ].join('')
}
