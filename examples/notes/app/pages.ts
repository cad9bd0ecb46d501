/**
 * The pages of Notes. They work without script and without anything from
 * elsewhere; `public/notes.js` makes them live.
 *
 * @module
 */

import { longestText, type Note } from '../note.ts'
import { html, type Html } from './html.ts'

export interface Who {
  readonly name: string
  /** Hints for the page only: what is allowed is decided by the gateway. */
  readonly mayWrite: boolean
  readonly mayDelete: boolean
}

export interface ListPage {
  readonly who: Who
  readonly notes: readonly Note[]
  /** What they wrote before and could not be saved. */
  readonly draft?: string | undefined
  /** What happened, or did not. */
  readonly said?: string | undefined
}

export function listPage({ who, notes, draft, said }: ListPage): string {
  return page(
    'Notes',
    who,
    html`<h1>Notes</h1>
      ${said === undefined ? undefined : html`<p class="said" role="status">${said}</p>`}
      <form class="write" method="post" action="/notes">
        <label for="text">New note</label>
        <textarea id="text" name="text" rows="3" required maxlength="${longestText}" aria-describedby="who-may">${draft}</textarea>
        <div class="row">
          <p class="hint" id="who-may">${
            who.mayWrite
              ? 'Everyone who can read notes will see it.'
              : 'You can read notes. Writing is for editors: if you try, the gateway says no.'
          }</p>
          <button${who.mayWrite ? '' : html` class="quiet"`}>Write note</button>
        </div>
      </form>
      <section aria-labelledby="count">
        <div class="row head">
          <h2 id="count">${count(notes.length)}</h2>
          <p class="live" id="live" role="status" hidden></p>
        </div>
        <ul class="notes" id="notes"${who.mayDelete ? html` data-may-delete` : ''}>${notes.map((note) => listItem(note, who))}</ul>
        <div class="empty" id="empty"${notes.length > 0 ? html` hidden` : ''}>
          <p>Nothing is written yet.</p>
          <p class="hint">${who.mayWrite ? 'The first note is yours.' : 'What editors write appears here by itself.'}</p>
        </div>
      </section>`,
    true,
  )
}

function listItem({ id, text, authorName, writtenAtMs }: Note, { mayDelete }: Who): Html {
  const at = new Date(writtenAtMs)
  return html`<li>
    <p class="text">${text}</p>
    <div class="row">
      <p class="hint">${authorName} · <time datetime="${at.toISOString()}">${inWords(at)}</time></p>
      ${
        mayDelete
          ? html`<form method="post" action="/notes/${id}/delete">
              <button class="plain" aria-label="Delete the note of ${authorName}, ${inWords(at)}">Delete</button>
            </form>`
          : undefined
      }
    </div>
  </li>`
}

export function count(notes: number): string {
  return notes === 1 ? '1 note' : `${notes === 0 ? 'No' : notes} notes`
}

const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']

/** Until the script says it in the reader's own time. */
function inWords(at: Date): string {
  return `${at.getUTCDate()} ${months[at.getUTCMonth()] ?? ''}, ${at.toISOString().slice(11, 16)} UTC`
}

export interface TroublePage {
  readonly heading: string
  readonly sentence: string
  /** The one way on. */
  readonly action?: { readonly label: string; readonly href: string } | 'sign out'
}

export function troublePage({ heading, sentence, action }: TroublePage, who?: Who): string {
  const way =
    action === 'sign out'
      ? html`<form method="post" action="/.countersign/sign-out"><button>Sign out</button></form>`
      : action && html`<p><a class="button" href="${action.href}">${action.label}</a></p>`
  return page(
    heading,
    who,
    html`<div class="trouble">
      <h1>${heading}</h1>
      <p>${sentence}</p>
      ${way}
    </div>`,
    false,
  )
}

function page(title: string, who: Who | undefined, body: Html, isLive: boolean): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="/assets/mark.svg" />
        <link rel="stylesheet" href="/assets/notes.css" />
        ${isLive ? html`<script src="/assets/notes.js" defer></script>` : undefined}
      </head>
      <body>
        <header>
          <a class="brand" href="/"><img src="/assets/mark.svg" alt="" width="28" height="28" /><span>Notes</span></a>
          ${
            who === undefined
              ? undefined
              : html`<div class="who">
                  <span>${who.name}</span>
                  <form method="post" action="/.countersign/sign-out"><button class="plain">Sign out</button></form>
                </div>`
          }
        </header>
        <main>${body}</main>
      </body>
    </html> `.toString()
}
