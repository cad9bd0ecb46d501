/** The page on which the first administrator is made. @module */

import type { Answer, Edge, RouteInput } from '#http'
import { Refusal, type Operation } from '#kernel'
import { Type, type TSchema } from 'typebox'
import { openSetupPage, script } from './page.ts'
import { setupRefusals, type Setup } from './setup.ts'

const text = (most: number): TSchema => Type.String({ maxLength: most })

const form = Type.Object(
  { token: text(256), username: text(255), name: Type.Optional(text(255)), password: text(1024) },
  { additionalProperties: false },
)

interface Typed {
  readonly token: string
  readonly username: string
  readonly name?: string
  readonly password: string
}

export interface SetupPagePorts {
  readonly setup: Setup
  /** The path below which our pages are; empty for most. */
  readonly base: '' | `/${string}`
  /** Where the pages' stylesheet is served. */
  readonly stylesheet: string
  /** A refusal to a stranger that is shown on the form and not thrown: counted, never written to a row. */
  readonly countStranger: (op: Operation, refused: { readonly code: string; readonly route: string; readonly address: string }) => void
}

/** The page, its form and its one script. */
export function setupEdge({ setup, base, stylesheet, countStranger }: SetupPagePorts): Edge {
  const page = openSetupPage({ base, stylesheet })
  const at = (path: `/${string}`): `/${string}` => `${base}${path}`

  const show = async (_op: Operation, input: RouteInput): Promise<Answer> => ({
    status: 200,
    body: { html: page({ is: 'form', nonce: input.nonce }) },
  })

  const finish = async (op: Operation, input: RouteInput): Promise<Answer> => {
    const { token, username, name = '', password } = input.body as Typed
    try {
      await setup.finish(op, token, { username, password, ...(name === '' ? {} : { name }) })
      return { status: 200, body: { html: page({ is: 'done' }) } }
    } catch (error) {
      // The named fallback of a form: what was wrong is said on the form itself, with what was typed but the password.
      if (!(error instanceof Refusal)) throw error
      countStranger(op, { code: error.code, route: at('/setup'), address: input.address })
      const mayBeGood = !Object.hasOwn(setupRefusals, error.code)
      const again = { problem: error.message, token: { text: token, mayBeGood }, username, name }
      return { status: 400, body: { html: page({ is: 'form', nonce: input.nonce, again }) } }
    }
  }

  return {
    name: 'setup',
    refusals: Object.fromEntries(Object.keys(setupRefusals).map((code) => [code, { status: 400 as const }])),
    routes: [
      {
        method: 'GET',
        path: at('/setup'),
        caller: 'anyone',
        limit: 'page',
        schema: { answers: { 200: 'html' } },
        answers: 'page',
        summary: 'The page that makes the first administrator.',
        handle: show,
      },
      {
        method: 'POST',
        path: at('/setup'),
        caller: 'anyone',
        limit: 'sign-in',
        schema: { body: form, bodyType: 'form', answers: { 200: 'html', 400: 'html' } },
        answers: 'page',
        summary: 'Spends the one-time link and makes the first administrator.',
        handle: finish,
      },
      {
        method: 'GET',
        path: at('/assets/setup.js'),
        caller: 'anyone',
        limit: 'metadata',
        schema: { answers: { 200: Type.String() } },
        answers: 'problem',
        summary: 'Moves the token from the fragment into the form.',
        handle: async () => ({ status: 200, body: { text: script, type: 'text/javascript; charset=utf-8' } }),
      },
    ],
  }
}
