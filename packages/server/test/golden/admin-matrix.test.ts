/**
 * Who may do what in the admin API, found out by asking the whole house in each
 * one's name. A change of policy is a change of ticks.
 *
 * @module
 */

import { after, test } from 'node:test'
import { listenForOwner, rawRefusals, securityHeaders, type Route } from '#http'
import { call } from '#remote'
import { newId } from '#kernel'
import { join } from 'node:path'
import { callForStream } from '../../src/remote/call.ts'
import { openAskingHouse, nameOf } from '../flows/admin/asking.ts'
import { bodies, pathOf } from '../flows/admin/refusals.ts'
import { matchesGolden } from '../golden.ts'

const house = await openAskingHouse()
const { server } = house.house
const socket = join(house.folder, 'data', 'admin.sock')
const answering = { handle: server.handle, rawRefusal: rawRefusals(securityHeaders(false), () => newId('req')) }
const listener = await listenForOwner(answering, socket)
after(async () => listener.drain(1_000))

/** The status that somebody gets at an endpoint, for a thing that does not exist. */
type Asker = (route: Route) => Promise<number>

const nothing = {
  user: newId('usr'),
  group: newId('grp'),
  client: newId('cli'),
  session: newId('ses'),
  token: newId('fam'),
  route: newId('rte'),
  consent: newId('con'),
}

const withToken = async (token: string): Promise<Asker> => {
  return async (route) => (await house.ask(route.method, pathOf(route, nothing), bodies[nameOf(route)], token)).status
}

const holding = async (...roles: readonly string[]): Promise<Asker> =>
  withToken(await house.tokenOf(await house.user(`${roles[0] ?? 'none'}-person`, ...roles)))

const askers: readonly (readonly [string, Asker])[] = [
  ['machine owner', async (route) => overSocket(route)],
  ['owner', await holding('owner')],
  ['operator', await holding('operator')],
  ['auditor', await holding('auditor')],
  ['helpdesk', await holding('helpdesk')],
  ['editor', await holding('editor')],
  ['no role', await holding()],
  ['service: owner', await withToken(await house.tokenOf(await house.service('Owning', 'owner')))],
  ['service: auditor', await withToken(await house.tokenOf(await house.service('Auditing', 'auditor')))],
  ['stranger', await withToken('none')],
]

async function overSocket(route: Route): Promise<number> {
  const path = `/admin/v1${pathOf(route, nothing)}` as const
  // Longer than an answer that is kept: whether it was given is all that is asked here.
  if (Object.values(route.schema.answers).includes('lines')) return (await callForStream({ socket }, path)).status
  const method = route.method as 'GET'
  return (await call({ socket }, { method, path, json: bodies[nameOf(route)] })).status
}

test('who may do what in the admin API is what was reviewed', async () => {
  const width = Math.max(...house.admin.routes.map((route) => nameOf(route).length))
  const lines = [`${''.padEnd(width)}  ${askers.map(([name]) => name).join('  ')}`]
  for (const route of house.admin.routes) {
    const ticks: string[] = []
    for (const [name, ask] of askers) ticks.push(centred(tick(await ask(route)), name.length))
    lines.push(`${nameOf(route).padEnd(width)}  ${ticks.join('  ')}`.trimEnd())
  }
  const legend = ['✔ allowed', '✘ refused (403)', '! not known here (401)']
  matchesGolden('packages/server/test/golden/admin-matrix.txt', `${lines.join('\n')}\n\n${legend.join(', ')}\n`)
})

/** A thing that does not exist, or is asked for wrongly, is told only to whoever may know. */
function tick(status: number): string {
  if (status === 401) return '!'
  return status === 403 ? '✘' : '✔'
}

function centred(mark: string, width: number): string {
  const before = Math.floor((width - 1) / 2)
  return `${' '.repeat(before)}${mark}${' '.repeat(width - before - 1)}`
}
