/** Reads the hosts that the server tells of. @module */

import type { GatewayHost, GatewayRoute } from '../config.ts'
import { readFields, readText, readTexts } from './read.ts'

type Fields = Readonly<Record<string, unknown>>

/** More than the server keeps. */
const mostHosts = 1_024
const mostRoutes = 1_024
const mostHeaders = 64

/** Those that can be read: one that cannot is not served, and takes no other one with it. Undefined for what is no list. */
export function readHosts(value: unknown): readonly GatewayHost[] | undefined {
  if (!Array.isArray(value) || value.length > mostHosts) return undefined
  return value.map(readHost).filter((host) => host !== undefined)
}

function readHost(value: unknown): GatewayHost | undefined {
  const fields = readFields(value) ?? {}
  const origin = readText(fields['origin'], 512)
  const name = readText(fields['name'], 64)
  const policyStore = readText(fields['policyStore'], 64)
  const upstream = readText(fields['upstream'], 512)
  const clientId = readText(fields['clientId'], 2_048)
  const routes = readRoutes(fields['routes'])
  const addHeaders = readHeaders(fields['addHeaders'])
  if (origin === undefined || name === undefined || policyStore === undefined || upstream === undefined) return undefined
  if (clientId === undefined || routes === undefined || addHeaders === undefined) return undefined
  const audience = readText(fields['audience'], 512)
  if ((fields['audience'] === undefined) !== (audience === undefined)) return undefined
  return {
    origin,
    name,
    policyStore,
    upstream,
    clientId,
    routes,
    addHeaders,
    ...(audience === undefined ? {} : { audience }),
    ...(fields['tellName'] === true ? { tellName: true } : {}),
  }
}

function readRoutes(value: unknown): readonly GatewayRoute[] | undefined {
  if (!Array.isArray(value) || value.length > mostRoutes) return undefined
  const routes = value.map((route) => readRoute(readFields(route) ?? {}))
  return routes.every((route) => route !== undefined) ? routes : undefined
}

/** What is not understood makes it none: to leave something out could make it weaker. */
function readRoute(fields: Fields): GatewayRoute | undefined {
  const { methods: saidMethods, action: saidAction, resource: saidResource, open: saidOpen } = fields
  const path = readText(fields['path'], 1_024)
  const methods = readTexts(saidMethods, 16, 16)
  const action = readText(saidAction, 128)
  const resource = readResource(readFields(saidResource) ?? {})
  const isRead =
    (saidMethods === undefined) === (methods === undefined) &&
    (saidAction === undefined) === (action === undefined) &&
    (saidResource === undefined) === (resource === undefined) &&
    (saidOpen === undefined || saidOpen === 'anyone')
  if (path === undefined || !isRead) return undefined
  return {
    path,
    ...(methods === undefined ? {} : { methods }),
    ...(action === undefined ? {} : { action }),
    ...(resource === undefined ? {} : { resource }),
    ...(saidOpen === undefined ? {} : { open: 'anyone' as const }),
  }
}

function readResource(fields: Fields): GatewayRoute['resource'] | undefined {
  const type = readText(fields['type'], 128)
  const id = readText(fields['id'], 1_024)
  return type === undefined || id === undefined ? undefined : { type, id }
}

function readHeaders(value: unknown): Readonly<Record<string, string>> | undefined {
  if (value === undefined) return {}
  const entries = Object.entries(readFields(value) ?? { '': undefined })
  const good = entries.length <= mostHeaders && entries.every(([name, said]) => name !== '' && readText(said, 2_048) !== undefined)
  return good ? (Object.fromEntries(entries) as Readonly<Record<string, string>>) : undefined
}
