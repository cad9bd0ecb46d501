/** The page on which the first administrator is made. @module */

import { readFileSync } from 'node:fs'
import { Eta } from 'eta'
import type { Answer, Edge, RouteInput } from '#http'
import { Refusal, type Operation } from '#kernel'
import { Type } from 'typebox'
import { setupRefusals, type Setup } from './setup.ts'

const template = readFileSync(new URL('pages/setup.eta', import.meta.url), 'utf8')

/** Moves the token from the fragment, which no server sees, into the form. Without script it is pasted. */
const script = `'use strict'
const token = location.hash.slice(1)
const field = document.querySelector('input[name="token"]')
if (field && token.startsWith('b1.')) {
  field.value = token
  history.replaceState(null, '', location.pathname)
  document.querySelector('input[name="username"]').focus()
}
`

const text = (most: number) => Type.String({ maxLength: most })

const form = Type.Object(
  { token: text(256), username: text(255), name: Type.Optional(text(255)), password: text(1024) },
  { additionalProperties: false },
)

interface Words {
  readonly problem?: string
  readonly token?: string
  readonly username?: string
  readonly name?: string
  readonly form: boolean
  readonly nonce: string
}

export interface SetupPagePorts {
  readonly setup: Setup
  /** Where the pages' stylesheet is served. */
  readonly stylesheet: string
}

/** The page, its form and its one script. */
export function setupEdge({ setup, stylesheet }: SetupPagePorts): Edge {
  const eta = new Eta({ autoEscape: true })
  const page = (status: number, words: Words): Answer => {
    const title = words.form ? 'Make the first administrator' : 'Welcome'
    const html = eta.renderString(template, { title, stylesheet, problem: '', token: '', username: '', name: '', ...words })
    return { status, body: { html } }
  }
  const show = async (_op: Operation, input: RouteInput): Promise<Answer> => page(200, { form: true, nonce: input.nonce })
  const finish = async (op: Operation, input: RouteInput): Promise<Answer> => {
    const { token, username, name = '', password } = input.body as { token: string; username: string; name?: string; password: string }
    try {
      await setup.finish(op, token, { username, password, ...(name === '' ? {} : { name }) })
      return page(200, { form: false, nonce: input.nonce })
    } catch (error) {
      // The named fallback of a form: what was wrong is said on the form itself, with what was typed but the password.
      if (error instanceof Refusal) return page(400, { form: true, nonce: input.nonce, problem: error.message, token, username, name })
      throw error
    }
  }
  return {
    name: 'setup',
    refusals: Object.fromEntries(Object.keys(setupRefusals).map((code) => [code, { status: 400 as const }])),
    routes: [
      {
        method: 'GET',
        path: '/setup',
        caller: 'anyone',
        limit: 'page',
        schema: { answers: { 200: 'html' } },
        answers: 'page',
        summary: 'The page that makes the first administrator.',
        handle: show,
      },
      {
        method: 'POST',
        path: '/setup',
        caller: 'anyone',
        limit: 'sign-in',
        schema: { body: form, bodyType: 'form', answers: { 200: 'html', 400: 'html' } },
        answers: 'page',
        summary: 'Spends the one-time link and makes the first administrator.',
        handle: finish,
      },
      {
        method: 'GET',
        path: '/assets/setup.js',
        caller: 'anyone',
        limit: 'page',
        schema: { answers: { 200: 'empty' } },
        answers: 'page',
        summary: 'Moves the token from the fragment into the form.',
        handle: async () => ({ status: 200, body: { text: script, type: 'text/javascript; charset=utf-8' } }),
      },
    ],
  }
}
