/**
 * Makes the list live: a WebSocket says that something changed, and the list is
 * asked for and built anew, as text and never as HTML.
 */

const list = document.getElementById('notes')
const heading = document.getElementById('count')
const empty = document.getElementById('empty')
const state = document.getElementById('live')
const mayDelete = 'mayDelete' in list.dataset

const longestWaitMs = 30_000
let waitMs = 1_000

function say(words, kind) {
  state.hidden = false
  state.className = `live ${kind}`
  if (state.textContent !== words) state.textContent = words
}

function connect() {
  const socket = new WebSocket(new URL('/live', location.href.replace(/^http/, 'ws')))
  socket.addEventListener('open', () => {
    waitMs = 1_000
    say('Live', '')
    void refresh()
  })
  socket.addEventListener('message', () => void refresh())
  socket.addEventListener('close', () => void reconnect())
}

async function reconnect() {
  say('Connecting again', 'waiting')
  await new Promise((resolve) => setTimeout(resolve, waitMs))
  waitMs = Math.min(waitMs * 2, longestWaitMs)
  if (await refresh()) connect()
}

/** False when there is no point in trying again: whoever reads this has been signed out, or may not read any more. */
async function refresh() {
  try {
    const answer = await fetch('/list', { headers: { accept: 'application/json' } })
    if (answer.status === 401 || answer.status === 403) {
      say('This page is no longer updated. Reload it to go on.', 'over')
      return false
    }
    if (answer.ok) show((await answer.json()).notes)
  } catch {
    // Nobody answers: the next try comes by itself.
  }
  return true
}

function show(notes) {
  const known = new Map([...list.children].map((item) => [item.dataset.id, item]))
  const isFirst = list.dataset.shown === undefined
  const items = notes.map((note) => known.get(note.id) ?? item(note, !isFirst))
  list.dataset.shown = ''
  list.replaceChildren(...items)
  heading.textContent = notes.length === 1 ? '1 note' : `${notes.length === 0 ? 'No' : notes.length} notes`
  empty.hidden = notes.length > 0
}

function item(note, isNew) {
  const at = new Date(note.writtenAtMs)
  const time = make('time', { textContent: inWords(at), dateTime: at.toISOString(), title: at.toLocaleString() })
  const by = make('p', { className: 'hint' }, `${note.authorName} · `, time)
  const row = make('div', { className: 'row' }, by)
  if (mayDelete) {
    const button = make('button', { className: 'plain', textContent: 'Delete' })
    button.setAttribute('aria-label', `Delete the note of ${note.authorName}, ${inWords(at)}`)
    row.append(make('form', { method: 'post', action: `/notes/${encodeURIComponent(note.id)}/delete` }, button))
  }
  const made = make('li', { className: isNew ? 'new' : '' }, make('p', { className: 'text', textContent: note.text }), row)
  made.dataset.id = note.id
  return made
}

function make(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties)
  element.append(...children)
  return element
}

const relative = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: 'auto' })

function inWords(at) {
  const seconds = Math.min(0, (at.getTime() - Date.now()) / 1000)
  if (seconds > -60) return 'just now'
  if (seconds > -3_600) return relative.format(Math.round(seconds / 60), 'minute')
  if (seconds > -86_400) return relative.format(Math.round(seconds / 3_600), 'hour')
  return at.toLocaleDateString(document.documentElement.lang, { day: 'numeric', month: 'long', year: 'numeric' })
}

setInterval(() => {
  for (const time of list.querySelectorAll('time')) time.textContent = inWords(new Date(time.dateTime))
}, 60_000)

connect()
