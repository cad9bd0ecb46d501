/** The commands that come of a resource. @module */

import type { AdminApi } from '#remote'
import { exitCodes, type Command, type Given, type Option } from '../command.ts'
import { UsageMistake } from '../options.ts'
import { facts, label, moment } from '../print.ts'
import { reach, reachOptions } from '../reach.ts'
import { asSeen, askBefore, changeAsRead } from './change.ts'
import { bodyOf, isSaid, optionsOf } from './fields.ts'
import { pageOptions, showList } from './listing.ts'
import { requireId } from './naming.ts'
import { text, type Create, type Field, type Remove, type Resource, type Row, type Update } from './resource.ts'

const roleOption: Option = { name: 'role', kind: 'list', value: 'ROLE', says: 'Give this role from the beginning.' }
const roleOptions: readonly Option[] = [
  { name: 'assign', kind: 'list', value: 'ROLE', says: 'Give this role.' },
  { name: 'withdraw', kind: 'list', value: 'ROLE', says: 'Take this role.' },
]

export function commandsOf(resource: Resource): readonly Command[] {
  const { get, create, update, remove } = resource
  return [
    listCommand(resource),
    ...(get === undefined ? [] : [getCommand(resource)]),
    ...(create === undefined ? [] : [createCommand(resource, create)]),
    ...(update === undefined ? [] : [updateCommand(resource, update)]),
    ...(remove === undefined ? [] : [removeCommand(resource, remove)]),
  ]
}

function listCommand({ plural, lists, filters, columns }: Resource): Command {
  const filter = filters.find(({ name }) => name === 'prefix')
  return {
    name: `${plural} list`,
    says: lists ?? `Lists ${plural}.`,
    options: [...filters, ...pageOptions, ...reachOptions],
    examples: [
      `countersign ${plural} list`,
      ...(filter === undefined ? [] : [`countersign ${plural} list --prefix TEXT`]),
      `countersign ${plural} list --all --json`,
    ],
    run: async (given) => showList(given, reach(given), `/${plural}`, { filters, columns }),
  }
}

function pathOf({ plural }: Resource, id: string): string {
  return `/${plural}/${encodeURIComponent(id)}`
}

/** The path of what was typed, an id or a name. */
async function findPath(api: AdminApi, resource: Resource, typed = ''): Promise<string> {
  return pathOf(resource, resource.naming === undefined ? typed : await requireId(api, resource.naming, typed))
}

const wordFor = ({ naming, word = 'ID' }: Resource): string => (naming === undefined ? word : `ID|${naming.shown}`)

async function show(given: Given, api: AdminApi, path: string, resource: Resource): Promise<number> {
  const item = (await api.call('GET', path)) as Row
  given.print.result(item, () => shown(item, resource))
  return exitCodes.done
}

/** Each member on a line, and each of several things on a line of its own. */
function shown(item: Row, { create, update }: Resource): readonly string[] {
  const fields = [...(create?.fields ?? []), ...(update?.fields ?? [])]
  return facts(
    Object.entries(item).flatMap(([name, value]) =>
      linesOf(
        name,
        value,
        fields.find((field) => field.member === name),
      ).map((line, at): [string, string] => [at === 0 ? label(name) : '', line]),
    ),
  )
}

function linesOf(name: string, value: unknown, field: Field | undefined): readonly string[] {
  if (/(At|Until)Ms$/.test(name)) return [moment(value)]
  const items: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (!items.some((one) => typeof one === 'object' && one !== null)) return [text(value)]
  return items.map((one) => field?.items?.write(one) ?? JSON.stringify(one))
}

function getCommand(resource: Resource): Command {
  const { plural, singular, example = 'ID' } = resource
  return {
    name: `${plural} get`,
    says: `Shows a ${singular}.`,
    words: wordFor(resource),
    leastWords: 1,
    options: reachOptions,
    examples: [`countersign ${plural} get ${example}`],
    run: async (given) => {
      const api = reach(given)
      return show(given, api, await findPath(api, resource, given.words[0]), resource)
    },
  }
}

function createCommand(resource: Resource, { says, word, fields, flags = [], examples, more, roles, inside }: Create): Command {
  return {
    name: `${resource.plural} create`,
    says,
    words: word.shown,
    leastWords: 1,
    options: [...fields.flatMap((field) => optionsOf(field)), ...flags, ...(roles === undefined ? [] : [roleOption]), ...reachOptions],
    examples,
    run: async (given) => {
      const body = { [word.member]: given.words[0], ...(await bodyOf(fields, given)) }
      const api = reach(given)
      const made = (await api.call('POST', `/${resource.plural}`, { ...body, ...more?.((name) => given.flag(name), body) })) as Row
      const item = (inside === undefined ? made : made[inside]) as Row
      if (roles === undefined) {
        const secret = inside === undefined ? undefined : made['secret']
        given.print.result(made, () => [...shown(item, resource), ...(secret === undefined ? [] : ['', `secret  ${text(secret)}`])])
        if (secret !== undefined && !given.print.json) given.print.note('The secret is not shown again.')
        return exitCodes.done
      }
      const path = pathOf(resource, text(item['id']))
      for (const role of given.list('role')) await api.call('PUT', `${path}/roles/${encodeURIComponent(role)}`)
      return show(given, api, path, resource)
    },
  }
}

function updateCommand(resource: Resource, { says, fields, roles, examples }: Update): Command {
  const { plural, singular } = resource
  return {
    name: `${plural} update`,
    says,
    words: wordFor(resource),
    leastWords: 1,
    options: [...fields.flatMap((field) => optionsOf(field, true)), ...(roles === undefined ? [] : roleOptions), ...reachOptions],
    examples,
    run: async (given) => {
      const isChanged = fields.some((field) => isSaid(field, given))
      const [assign, withdraw] = [given.list('assign'), given.list('withdraw')]
      if (!isChanged && assign.length + withdraw.length === 0) throw new UsageMistake(`${plural} update needs to be told what to change`)
      const api = reach(given)
      const path = await findPath(api, resource, given.words[0])
      if (isChanged)
        await changeAsRead(api, { singular, path }, async (etag, item) => api.call('PATCH', path, await bodyOf(fields, given, item), etag))
      for (const role of assign) await api.call('PUT', `${path}/roles/${encodeURIComponent(role)}`)
      for (const role of withdraw) await api.call('DELETE', `${path}/roles/${encodeURIComponent(role)}`)
      return show(given, api, path, resource)
    },
  }
}

function removeCommand(resource: Resource, remove: Remove): Command {
  const { plural, singular, example = 'ID' } = resource
  const asks = remove.breaks !== undefined
  return {
    name: `${plural} ${remove.verb}`,
    says: remove.says,
    words: wordFor(resource),
    leastWords: 1,
    options: [...(asks ? [{ name: 'yes', kind: 'flag' as const, says: 'Do not ask.' }] : []), ...reachOptions],
    examples: [
      `countersign ${plural} ${remove.verb} ${example}`,
      ...(asks ? [`countersign ${plural} ${remove.verb} ${example} --yes`] : []),
    ],
    run: async (given) => {
      const api = reach(given)
      const path = await findPath(api, resource, given.words[0])
      const answer = await askBefore(given, api, resource, remove, path)
      if (!answer.agreed) return exitCodes.refused
      await asSeen(singular, async () => api.call('DELETE', path, undefined, answer.etag))
      given.print.result({ done: true }, () => [`The ${singular} is gone.`])
      return exitCodes.done
    },
  }
}
