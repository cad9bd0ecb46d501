/** The record at the command line. @module */

import type { AdminApi } from '#remote'
import { exitCodes, type Command, type Given, type Option } from '../command.ts'
import { UsageMistake } from '../options.ts'
import { moment, table } from '../print.ts'
import { reach, reachOptions } from '../reach.ts'
import { readText } from '../read-text.ts'
import { exportToFile, verifyFile } from './export-record.ts'
import { readTimes } from '../read-time.ts'

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

const filterOptions: readonly Option[] = [
  { name: 'what', kind: 'text', value: 'EVENT', says: 'Only events of this name, for instance session.ended.' },
  { name: 'about', kind: 'text', value: 'ID', says: 'Only events about this thing.' },
  { name: 'actor', kind: 'text', value: 'WHO', says: 'Only what this one did, as the record names them: "user usr_…", machine-owner.' },
  { name: 'outcome', kind: 'text', value: 'done|allowed|refused', says: 'Only events that ended so.' },
  { name: 'request', kind: 'text', value: 'ID', says: 'Only events of this request, whose id a refusal says.' },
  { name: 'since', kind: 'text', value: 'TIME', says: 'Only from then on: 2026-11-26T14:00Z, or so long ago: 30m, 2h, 7d.' },
  { name: 'until', kind: 'text', value: 'TIME', says: 'Only before then, said in the same way.' },
]

/** Those of them that the API calls the same. */
const filterNames = ['what', 'about', 'actor', 'outcome', 'request']

interface EventPage {
  readonly items: readonly Event[]
  readonly next?: string
}

/** What was given of these options, as members of the API. */
function asked(given: Given, names: readonly string[]): Readonly<Record<string, string>> {
  const texts = names.flatMap((name) => (given.text(name) === undefined ? [] : [[name, given.text(name) ?? ''] as const]))
  return { ...Object.fromEntries(texts), ...readTimes(given) }
}

async function eventPage(given: Given, api: AdminApi, more: Readonly<Record<string, string>> = {}): Promise<EventPage> {
  const query = new URLSearchParams({ ...asked(given, [...filterNames, 'limit', 'cursor']), ...more })
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
    examples: [`countersign ${name} --what session.ended`, `countersign ${name} --outcome refused --since 2h`],
    run: async (given) => {
      const page = await eventPage(given, reach(given))
      given.print.result(page, () => table(headings, page.items.map(line)))
      if (page.next !== undefined && !given.print.json) given.print.note(`More: --cursor ${page.next}`)
      return exitCodes.done
    },
  }
}

const auditList = listing('audit list', 'Lists events, newest first.')
const auditSearch = listing(
  'audit search',
  'Finds events by name, by what they are about, by who did it, how it ended and when, newest first.',
)

const auditExport: Command = {
  name: 'audit export',
  says: 'Writes every event that fits, newest first, each as a line of JSON. With --output the record, oldest first, as it was signed: audit verify --file verifies it without a server.',
  options: [
    ...filterOptions,
    {
      name: 'output',
      kind: 'text',
      value: 'FILE',
      says: 'The whole record, or what covers --since and --until, to this file, for its owner alone; names and addresses stay sealed.',
    },
    {
      name: 'from',
      kind: 'text',
      value: 'N',
      says: 'With --output: from this event on, counted from 0, for what an earlier export does not hold.',
    },
    ...reachOptions,
  ],
  examples: [
    'countersign audit export --output record.jsonl',
    'countersign audit export --output november.jsonl --since 2026-11-01 --until 2026-12-01',
    'countersign audit export > events.jsonl',
    'countersign audit export --about usr_… > events.jsonl',
  ],
  run: async (given) => {
    const path = given.text('output')
    if (path !== undefined && filterNames.some((name) => given.text(name) !== undefined))
      throw new UsageMistake('--output takes every event of a time: leave the other filters out')
    if (path !== undefined) return exportToFile(given, path)
    if (given.text('from') !== undefined) throw new UsageMistake('--from needs --output')
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

interface EventTail {
  readonly items: readonly Event[]
  readonly place: string
  readonly more: boolean
}

const auditTail: Command = {
  name: 'audit tail',
  says: 'Shows the latest events that fit, or those after a place, oldest first, and goes on with --follow.',
  options: [
    ...filterOptions,
    { name: 'from', kind: 'text', value: 'PLACE', says: 'Begin after this place; an earlier --json run printed it.' },
    { name: 'follow', kind: 'flag', says: 'Stay and show what happens.' },
    ...reachOptions,
  ],
  examples: ['countersign audit tail', 'countersign audit tail --follow', 'countersign audit tail --follow --outcome refused'],
  run: async (given) => {
    const api = reach(given)
    const filter = asked(given, filterNames)
    let place = given.text('from')
    for (;;) {
      const query = new URLSearchParams({ ...filter, ...(place === undefined ? {} : { place }) })
      const page = (await api.call('GET', `/audit/tail?${query.toString()}`)) as EventTail
      place = page.place
      if (page.items.length > 0 || given.print.json)
        given.print.result(page, () => page.items.map((event) => line(event).filter(Boolean).join('  ')))
      if (page.more) continue
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
  options: [
    { name: 'checkpoint', kind: 'text', value: 'FILE', says: 'An earlier checkpoint that was kept elsewhere.' },
    { name: 'file', kind: 'text', value: 'FILE', says: 'An export, which is verified here; no server is asked.' },
    { name: 'key', kind: 'text', value: 'KEY', says: 'With --file: the key that must have signed it, as an earlier verification said it.' },
    ...reachOptions,
  ],
  examples: [
    'countersign audit verify --file record.jsonl',
    'countersign audit verify',
    'countersign audit verify --checkpoint checkpoint.txt',
  ],
  run: async (given) => {
    const exported = given.text('file')
    if (exported !== undefined) return verifyFile(given, exported)
    if (given.text('key') !== undefined) throw new UsageMistake('--key needs --file')
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

export const recordCommands: readonly Command[] = [auditList, auditSearch, auditExport, auditTail, auditCheckpoint, auditVerify]
