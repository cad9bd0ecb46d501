/** Policies and the record at the command line. @module */

import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { checkPolicies, type AdminApi } from '#app'
import { exitCodes, type Command, type Given, type Option } from '../command.ts'
import { UsageMistake } from '../options.ts'
import { moment, table } from '../print.ts'
import { reach, reachOptions } from '../reach.ts'

interface Event {
  readonly atMs: number
  readonly actor: string
  readonly what: string
  readonly about: string
  readonly outcome: string
  readonly request: string
  readonly personal?: string
}

const line = (event: Event): readonly string[] => [
  moment(event.atMs),
  event.outcome,
  event.what,
  event.about,
  event.actor,
  event.personal ?? '',
  event.request,
]
const headings = ['time', 'outcome', 'what', 'about', 'who', 'in clear', 'request']

/** The API gives this many events at once; when it gives fewer, they were the last. */
const fullPage = 200

/** How long `--follow` waits before it asks again. */
const pauseMs = 1000

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
    const mistakes = await checkPolicies(given.text('store') ?? basename(folderOf(given.words[0] ?? '')), files)
    given.print.result({ mistakes }, () =>
      mistakes.length === 0
        ? [`${files.length === 1 ? 'The file is' : `All ${files.length} files are`} right.`]
        : mistakes.map(mistakeLine),
    )
    return mistakes.length === 0 ? exitCodes.done : exitCodes.found
  },
}

const filterOptions: readonly Option[] = [
  { name: 'what', kind: 'text', value: 'EVENT', says: 'Only events of this name, for instance session.ended.' },
  { name: 'about', kind: 'text', value: 'ID', says: 'Only events about this thing.' },
]

interface EventPage {
  readonly items: readonly Event[]
  readonly next?: string
}

async function eventPage(given: Given, api: AdminApi, more: Readonly<Record<string, string>> = {}): Promise<EventPage> {
  const asked = ['what', 'about', 'limit', 'cursor'].flatMap((name) =>
    given.text(name) === undefined ? [] : [[name, given.text(name) ?? ''] as [string, string]],
  )
  const query = new URLSearchParams({ ...Object.fromEntries(asked), ...more })
  return (await api.call('GET', `/audit/events?${query.toString()}`)) as EventPage
}

function listing(name: string, says: string): Command {
  return {
    name,
    says,
    options: [
      ...filterOptions,
      { name: 'limit', kind: 'text', value: 'N', says: 'How many at most, 1 to 200.' },
      { name: 'cursor', kind: 'text', value: 'CURSOR', says: 'Where an earlier page said that the next one begins.' },
      ...reachOptions,
    ],
    examples: [`countersign ${name} --what session.ended`],
    run: async (given) => {
      const page = await eventPage(given, reach(given))
      given.print.result(page, () => table(headings, page.items.map(line)))
      if (page.next !== undefined && !given.print.json) given.print.note(`More: --cursor ${page.next}`)
      return exitCodes.done
    },
  }
}

const auditList = listing('audit list', 'Lists events, newest first.')
const auditSearch = listing('audit search', 'Finds events by name and by what they are about, newest first.')

const auditExport: Command = {
  name: 'audit export',
  says: 'Writes every event that fits, newest first, each as a line of JSON.',
  options: [...filterOptions, ...reachOptions],
  examples: ['countersign audit export > events.jsonl', 'countersign audit export --about usr_… > events.jsonl'],
  run: async (given) => {
    const api = reach(given)
    let cursor: string | undefined
    do {
      const page: EventPage = await eventPage(given, api, { limit: String(fullPage), ...(cursor === undefined ? {} : { cursor }) })
      for (const event of page.items) given.print.line(event)
      cursor = page.next
    } while (cursor !== undefined)
    return exitCodes.done
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

const auditTail: Command = {
  name: 'audit tail',
  says: 'Shows the latest events, or those after a place, oldest first, and goes on with --follow.',
  options: [
    { name: 'from', kind: 'text', value: 'PLACE', says: 'Begin after this place; an earlier --json run printed it.' },
    { name: 'follow', kind: 'flag', says: 'Stay and show what happens.' },
    ...reachOptions,
  ],
  examples: ['countersign audit tail', 'countersign audit tail --follow'],
  run: async (given) => {
    const api = reach(given)
    let place = given.text('from')
    for (;;) {
      const query = place === undefined ? '' : `?place=${encodeURIComponent(place)}`
      const page = (await api.call('GET', `/audit/tail${query}`)) as { readonly items: readonly Event[]; readonly place: string }
      place = page.place
      if (page.items.length > 0 || given.print.json)
        given.print.result(page, () => page.items.map((event) => line(event).filter(Boolean).join('  ')))
      if (page.items.length >= fullPage) continue
      if (!given.flag('follow')) return exitCodes.done
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  },
}

const auditCheckpoint: Command = {
  name: 'audit checkpoint',
  says: 'Prints the latest signed checkpoint. Keep it elsewhere: it finds a rewritten log later.',
  options: reachOptions,
  examples: ['countersign audit checkpoint > checkpoint.txt'],
  run: async (given) => {
    const { checkpoint } = (await reach(given).call('GET', '/audit/checkpoint')) as { readonly checkpoint: string }
    given.print.result({ checkpoint }, () => checkpoint.replace(/\n$/, '').split('\n'))
    return exitCodes.done
  },
}

const auditVerify: Command = {
  name: 'audit verify',
  says: 'Verifies every event, the tree and the signed checkpoints, against an earlier checkpoint where one is given.',
  options: [{ name: 'checkpoint', kind: 'text', value: 'FILE', says: 'An earlier checkpoint that was kept elsewhere.' }, ...reachOptions],
  examples: ['countersign audit verify', 'countersign audit verify --checkpoint checkpoint.txt'],
  run: async (given) => {
    const path = given.text('checkpoint')
    const found = (await reach(given).call('POST', '/audit/verify', path === undefined ? {} : { checkpoint: readText(path) })) as {
      readonly ok: boolean
      readonly events: number
      readonly treeSize: number
      readonly findings: readonly { readonly says: string }[]
    }
    given.print.result(found, () => [
      ...found.findings.map(({ says }) => says),
      found.ok
        ? `The record is whole: ${found.events} events, ${found.treeSize} of them under a signed checkpoint.`
        : 'The record has been changed.',
    ])
    return found.ok ? exitCodes.done : exitCodes.found
  },
}

function folderOf(path: string): string {
  const parts = path.split('/')
  return parts.length > 1 ? parts.slice(0, -1).join('/') : 'store'
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw new UsageMistake(`${path} cannot be read (${String(error.code)})`)
    throw error
  }
}

export const recordCommands: readonly Command[] = [
  policyCheck,
  policiesReload,
  auditList,
  auditSearch,
  auditExport,
  auditTail,
  auditCheckpoint,
  auditVerify,
]
