/**
 * Changing and deleting, with care: nothing is changed that somebody else changed
 * meanwhile, and nothing is deleted that nobody was asked about.
 *
 * @module
 */

import { ApiRefusal, type AdminApi } from '#remote'
import type { Given } from '../command.ts'
import { UsageMistake } from '../options.ts'
import { text, type Remove, type Resource, type Row } from './resource.ts'

/** Reads a thing, then changes exactly what was read (If-Match), where the API gives versions. */
export async function changeAsRead(
  api: AdminApi,
  { singular, path }: { readonly singular: string; readonly path: string },
  change: (etag: string | undefined, item: Row) => Promise<unknown>,
): Promise<unknown> {
  const { etag, json } = await api.read(path)
  try {
    return await change(etag, json as Row)
  } catch (error) {
    if (!(error instanceof ApiRefusal && error.status === 412)) throw error
    throw new ApiRefusal(
      412,
      error.code,
      `Somebody else changed the ${singular} meanwhile, so nothing was changed. Look at it and try again.`,
    )
  }
}

/** How many there are, in words: one page is counted. Undefined for somebody who may delete and not look. */
export async function countOf(api: AdminApi, path: string): Promise<string | undefined> {
  try {
    const { items, next } = (await api.call('GET', `${path}${path.includes('?') ? '&' : '?'}limit=200`)) as {
      readonly items: readonly Row[]
      readonly next?: string
    }
    return `${items.length}${next === undefined ? '' : ' and more'}`
  } catch (error) {
    if (error instanceof ApiRefusal) return undefined
    throw error
  }
}

/** Says what will be gone and waits for a yes. Throws `UsageMistake` where nobody can be asked; false when the answer was no. */
export async function agreed(given: Given, api: AdminApi, resource: Resource, remove: Remove, path: string): Promise<boolean> {
  const { breaks } = remove
  if (breaks === undefined) return true
  return confirmed(given, async () => {
    const item = (await api.read(path)).json as Row
    const name = text(item['username'] ?? item['clientId'] ?? item['name'] ?? item['id'])
    return [`This deletes the ${resource.singular} ${name} (${text(item['id'])}) at ${api.at}.`, ...(await breaks(api, item))]
  })
}

/** The same with words of its own; with --yes nothing is said and nobody asked. */
export async function confirmed(given: Given, says: () => readonly string[] | Promise<readonly string[]>): Promise<boolean> {
  if (given.flag('yes')) return true
  given.print.note((await says()).join('\n'))
  if (!given.interactive) throw new UsageMistake('Nobody is there to be asked, so nothing was deleted: add --yes to go on without')
  given.print.note('Type yes to go on.')
  if ((await given.readLine()).trim() === 'yes') return true
  given.print.note('Nothing was deleted.')
  return false
}
