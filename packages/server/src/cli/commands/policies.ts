/** Policies and signing keys: looked at, checked, activated, rolled back, rotated. @module */

import { basename } from 'node:path'
import { ApiRefusal, type AdminApi } from '#remote'
import { exitCodes, type Command, type Given } from '../command.ts'
import { facts, label, moment, table } from '../print.ts'
import { reach, reachOptions } from '../reach.ts'
import { readText } from '../read-text.ts'
import { changeAsRead } from '../resources/change.ts'
import { text, type Row } from '../resources/resource.ts'

interface Mistake {
  readonly file: string
  readonly line?: number | undefined
  readonly column?: number | undefined
  readonly says: string
}

const mistakeLine = ({ file, line: at, column, says }: Mistake): string =>
  `${[file, at, column].filter((part) => part !== undefined).join(':')}  ${says}`

const policyCheck: Command = {
  name: 'policy check',
  says: 'Checks policy files against their schema without a server. Files: *.cedar, one *.cedarschema, and store.yaml.',
  words: 'FILE…',
  leastWords: 1,
  mostWords: 256,
  options: [
    { name: 'store', kind: 'text', value: 'NAME', says: 'The name of the policy store; the folder of the first file when absent.' },
  ],
  examples: ['countersign policy check policies/notes/*'],
  run: async (given) => {
    const files = given.words.map((path) => ({ name: path, text: readText(path) }))
    const { checkPolicies } = await import('#app')
    const mistakes = await checkPolicies(given.text('store') ?? basename(folderOf(given.words[0] ?? '')), files)
    given.print.result({ mistakes }, () =>
      mistakes.length === 0
        ? [`${files.length === 1 ? 'The file is' : `All ${files.length} files are`} right.`]
        : mistakes.map(mistakeLine),
    )
    return mistakes.length === 0 ? exitCodes.done : exitCodes.found
  },
}

const policiesReload: Command = {
  name: 'policies reload',
  says: 'Reads the policy folders of the server again and activates what is right. What has a mistake stays as it was.',
  options: reachOptions,
  examples: ['countersign policies reload'],
  run: async (given) => {
    const { mistakes, stores } = (await reach(given).call('POST', '/policies/reload')) as {
      readonly mistakes: readonly Mistake[]
      readonly stores: readonly { readonly store: string; readonly digest: string }[]
    }
    given.print.result({ mistakes, stores }, () => [
      ...mistakes.map(mistakeLine),
      ...table(
        ['store', 'digest'],
        stores.map(({ store, digest }) => [store, digest]),
      ),
    ])
    return mistakes.length === 0 ? exitCodes.done : exitCodes.found
  },
}

const pathOf = (store: string | undefined): string => `/policies/${encodeURIComponent(store ?? '')}`

const list: Command = {
  name: 'policies list',
  says: 'Lists the policy stores, who keeps each, and since when it decides.',
  options: reachOptions,
  examples: ['countersign policies list'],
  run: async (given) => {
    const page = (await reach(given).call('GET', '/policies')) as { readonly items: readonly Row[] }
    given.print.result(page, () =>
      table(
        ['store', 'kept by', 'since', 'digest'],
        page.items.map((item) => [text(item['store']), text(item['keeper']), moment(item['activatedAtMs']), text(item['digest'])]),
      ),
    )
    return exitCodes.done
  },
}

interface Kept extends Row {
  readonly files: readonly { readonly name: string; readonly text: string }[]
}

const get: Command = {
  name: 'policies get',
  says: 'Shows the policies of a store that decide, or those of an earlier version.',
  words: 'STORE [DIGEST]',
  leastWords: 1,
  mostWords: 2,
  options: reachOptions,
  examples: ['countersign policies get notes', 'countersign policies get notes DIGEST --json'],
  run: async (given) => {
    const [store, digest] = given.words
    const version = digest === undefined ? '' : `/versions/${encodeURIComponent(digest)}`
    const kept = (await reach(given).call('GET', `${pathOf(store)}${version}`)) as Kept
    given.print.result(kept, () => [
      ...stateOf(kept),
      ...kept.files.flatMap(({ name, text: content }) => ['', `// ${name}`, ...content.replace(/\n$/, '').split('\n')]),
    ])
    return exitCodes.done
  },
}

function stateOf(kept: Row): readonly string[] {
  return facts(
    Object.entries(kept)
      .filter(([name]) => name !== 'files')
      .map(([name, value]) => [label(name), name.endsWith('AtMs') ? moment(value) : text(value)]),
  )
}

const versions: Command = {
  name: 'policies versions',
  says: 'Lists the versions of a store that decided, newest first.',
  words: 'STORE',
  leastWords: 1,
  options: reachOptions,
  examples: ['countersign policies versions notes'],
  run: async (given) => {
    const page = (await reach(given).call('GET', `${pathOf(given.words[0])}/versions`)) as { readonly items: readonly Row[] }
    given.print.result(page, () =>
      table(
        ['', 'digest', 'since', 'by'],
        page.items.map((item) => [
          item['active'] === true ? '*' : '',
          text(item['digest']),
          moment(item['activatedAtMs']),
          text(item['activatedBy']),
        ]),
      ),
    )
    return exitCodes.done
  },
}

/** Changes what decides, unless somebody was faster, and shows what decides now. Mistakes in the files are told line by line. */
async function change(given: Given, call: (api: AdminApi, path: string, etag: string | undefined) => Promise<unknown>): Promise<number> {
  const api = reach(given)
  const path = pathOf(given.words[0])
  try {
    const kept = (await changeAsRead(api, { singular: 'policy store', path }, async (etag) => call(api, path, etag))) as Kept
    given.print.result(kept, () => stateOf(kept))
    return exitCodes.done
  } catch (error) {
    if (!(error instanceof ApiRefusal && error.code === 'policies.mistaken')) throw error
    const { mistakes } = error.said as { readonly mistakes: readonly Mistake[] }
    given.print.result({ mistakes }, () => mistakes.map(mistakeLine))
    given.print.note('Nothing was activated: the policies have mistakes.')
    return exitCodes.found
  }
}

const activate: Command = {
  name: 'policies activate',
  says: 'Checks policies and lets them decide from now on. The store is then kept by the server, and its folder is not read any more.',
  words: 'STORE FILE…',
  leastWords: 2,
  mostWords: 257,
  options: reachOptions,
  examples: ['countersign policies activate notes policies/notes/*'],
  run: async (given) => {
    const files = given.words.slice(1).map((path) => ({ name: basename(path), text: readText(path) }))
    return change(given, async (api, path, etag) => api.call('PUT', path, { files }, etag))
  },
}

const rollBack: Command = {
  name: 'policies rollback',
  says: 'Lets a version decide again that decided before.',
  words: 'STORE DIGEST',
  leastWords: 2,
  options: reachOptions,
  examples: ['countersign policies rollback notes DIGEST'],
  run: async (given) => change(given, async (api, path, etag) => api.call('POST', `${path}/roll-back`, { digest: given.words[1] }, etag)),
}

const release: Command = {
  name: 'policies release',
  says: 'Gives a store back to its folder, and lets decide what is in there.',
  words: 'STORE',
  leastWords: 1,
  options: reachOptions,
  examples: ['countersign policies release notes'],
  run: async (given) => change(given, async (api, path, etag) => api.call('POST', `${path}/release`, undefined, etag)),
}

function showKeys(given: Given, page: { readonly items: readonly Row[] }): number {
  const names = [...new Set(page.items.flatMap((item) => Object.keys(item)))]
  const cell = (item: Row, name: string): string => (name.endsWith('Ms') ? moment(item[name]) : text(item[name]))
  given.print.result(page, () =>
    table(
      names.map(label),
      page.items.map((item) => names.map((name) => cell(item, name))),
    ),
  )
  return exitCodes.done
}

const keysList: Command = {
  name: 'keys list',
  says: 'Lists the signing keys: what for, since when, and until when they verify.',
  options: reachOptions,
  examples: ['countersign keys list'],
  run: async (given) => showKeys(given, (await reach(given).call('GET', '/keys')) as { readonly items: readonly Row[] }),
}

const keysRotate: Command = {
  name: 'keys rotate',
  says: 'Lets the next key of a purpose sign from now on. The one that signed still verifies what it signed.',
  words: 'PURPOSE',
  leastWords: 1,
  options: reachOptions,
  examples: ['countersign keys rotate access-token'],
  run: async (given) => {
    const path = `/keys/${encodeURIComponent(given.words[0] ?? '')}/rotate`
    return showKeys(given, (await reach(given).call('POST', path)) as { readonly items: readonly Row[] })
  },
}

function folderOf(path: string): string {
  const parts = path.split('/')
  return parts.length > 1 ? parts.slice(0, -1).join('/') : 'store'
}

export const policyCommands: readonly Command[] = [
  policyCheck,
  list,
  get,
  versions,
  activate,
  rollBack,
  release,
  policiesReload,
  keysList,
  keysRotate,
]
