/**
 * The page that says no, for the server's own refusals and for the gateway's.
 *
 * @module
 */

import type { PageRenderer } from '#http'
import { messages } from './messages.en.ts'
import { createPages, type Field, type Pages } from './pages.ts'

/** What a person is told when something is refused or did not work. Everything is escaped. */
export interface RefusalWords {
  readonly status: number
  readonly heading: string
  readonly sentence: string
  readonly requestId: string
  /** Shown below the request id, for instance who they are and what they asked for. */
  readonly facts?: readonly Field[] | undefined
  /** The one way on. Links other than our own paths and http(s) addresses are left out. */
  readonly action?: { readonly label: string; readonly href: string } | undefined
  /** Where the stylesheet is when the page is not served by the identity server; see `openStylesheet`. */
  readonly stylesheet?: string | undefined
}

let pages: Pages | undefined

/** HTML from words. Pure but for reading the templates at the first call. */
export function renderRefusalPage(words: RefusalWords): string {
  pages ??= createPages({ base: '' })
  return refusalPage(pages, words)
}

/** {@link renderRefusalPage} with pages that are at hand. */
export function refusalPage(pages: Pages, { status, heading, sentence, requestId, facts = [], action, stylesheet }: RefusalWords): string {
  const sentences = [sentence, status >= 500 ? messages['refused.not_now_help'] : messages['refused.help']]
  return pages.refused({
    heading,
    sentences,
    facts: [{ name: messages['refused.request'], value: requestId }, ...facts],
    action,
    stylesheet,
  })
}

/** How the server's own refusals look: a heading for each kind, and the way to sign in where that is what is missing. */
export function createPageRenderer(pages: Pages, base: string): PageRenderer {
  return ({ status, code, sentence, requestId }) => {
    const action = code === 'http.no_session' ? { label: messages['refused.sign_in'], href: `${base}/sign-in` } : undefined
    return refusalPage(pages, { status, heading: headingOf(status), sentence, requestId, action })
  }
}

function headingOf(status: number): string {
  if (status === 401) return messages['refused.not_signed_in']
  if (status === 403) return messages['refused.denied']
  if (status === 404 || status === 405) return messages['refused.not_found']
  if (status === 429) return messages['refused.too_often']
  if (status === 503) return messages['refused.not_now']
  return status >= 500 ? messages['refused.failed'] : messages['refused.cannot_continue']
}
