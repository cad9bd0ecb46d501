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
  return asSeen(singular, async () => change(etag, json as Row))
}

/** Does what names the version that was seen, and says in words when there is another by now. */
export async function asSeen<Result>(singular: string, change: () => Promise<Result>): Promise<Result> {
  try {
    return await change()
  } catch (error) {
    if (!(error instanceof ApiRefusal && error.status === 412)) throw error
    throw new ApiRefusal(
      412,
      error.code,
      `Somebody else changed the ${singular} meanwhile, so nothing was changed. Look at it and try again.`,
    )
  }
}

/** Whether to go on with a deletion: of the version that was looked at, or of whatever is there where nobody wanted to be asked. */
export type Agreement = { readonly agreed: true; readonly etag?: string | undefined } | { readonly agreed: false }

/** Says what will be gone and waits for a yes. Throws `UsageMistake` where nobody can be asked. */
export async function askBefore(given: Given, api: AdminApi, resource: Resource, { breaks }: Remove, path: string): Promise<Agreement> {
  if (breaks === undefined || given.flag('yes')) return { agreed: true }
  const item = (await api.read(path)).json as Row
  const { json, etag } = await api.read(`${path}/impact`)
  const impact = json as Row
  const name = text(item['username'] ?? item['clientId'] ?? item['name'] ?? item['id'])
  const lines = [`This deletes the ${resource.singular} ${name} (${text(item['id'])}) at ${api.at}.`, ...breaks(impact)]
  if (impact['refused'] !== undefined) {
    given.print.note([...lines, `The server would refuse it as things are: ${text(impact['refused'])}. Nothing was deleted.`].join('\n'))
    return { agreed: false }
  }
  return (await confirmed(given, () => lines)) ? { agreed: true, etag } : { agreed: false }
}

/** The same with words of its own; with --yes nothing is said and nobody asked. */
export async function confirmed(given: Given, says: () => readonly string[]): Promise<boolean> {
  if (given.flag('yes')) return true
  given.print.note(says().join('\n'))
  if (!given.interactive) throw new UsageMistake('Nobody is there to be asked, so nothing was deleted: add --yes to go on without')
  given.print.note('Type yes to go on.')
  if ((await given.readLine()).trim() === 'yes') return true
  given.print.note('Nothing was deleted.')
  return false
}
