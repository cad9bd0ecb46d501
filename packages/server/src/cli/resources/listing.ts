/** A list of the API, page by page or whole, as a table. @module */

import type { AdminApi } from '#remote'
import { exitCodes, type Given, type Option } from '../command.ts'
import { table } from '../print.ts'
import { requireId } from './naming.ts'
import type { Columns, Filter, Row } from './resource.ts'

export const pageOptions: readonly Option[] = [
  { name: 'limit', kind: 'text', value: 'N', says: 'How many at most, 1 to 200; 50 when absent.' },
  { name: 'cursor', kind: 'text', value: 'CURSOR', says: 'Where an earlier page said that the next one begins.' },
  { name: 'all', kind: 'flag', says: 'Every page, one after the other.' },
]

interface Page {
  readonly items: readonly Row[]
  readonly next?: string
}

/** Shows what is at a path. Options with the names of `filters` are asked for. Resolves with the exit code. */
export async function showList(
  given: Given,
  api: AdminApi,
  path: string,
  { filters = [], columns }: { readonly filters?: readonly Filter[]; readonly columns: Columns },
): Promise<number> {
  const page = await pages(api, path, given, await askedFor(api, given, [...filters, { name: 'limit' }]))
  given.print.result(page, () =>
    table(
      columns.map(([heading]) => heading),
      page.items.map((item) => columns.map(([, cell]) => cell(item))),
    ),
  )
  if (page.items.length === 0 && page.next === undefined && !given.print.json) given.print.note('There are none.')
  if (page.next !== undefined && !given.print.json) given.print.note(`More: --cursor ${page.next}`)
  return exitCodes.done
}

async function askedFor(
  api: AdminApi,
  given: Given,
  filters: readonly Pick<Filter, 'name' | 'naming'>[],
): Promise<readonly [string, string][]> {
  const asked: [string, string][] = []
  for (const { name, naming } of filters) {
    const value = given.text(name)
    if (value !== undefined) asked.push([name, naming === undefined ? value : await requireId(api, naming, value)])
  }
  return asked
}

/** One page, or all of them as one. */
async function pages(api: AdminApi, path: string, given: Given, asked: readonly [string, string][]): Promise<Page> {
  const items: Row[] = []
  let cursor = given.text('cursor')
  for (;;) {
    const query = new URLSearchParams([...asked, ...(cursor === undefined ? [] : [['cursor', cursor] as [string, string]])]).toString()
    const page = (await api.call('GET', query === '' ? path : `${path}?${query}`)) as Page
    items.push(...page.items)
    if (page.next === undefined || !given.flag('all')) return { ...page, items }
    cursor = page.next
  }
}
