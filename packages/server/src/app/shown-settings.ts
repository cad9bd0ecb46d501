/**
 * The configuration as it is shown to whoever may read settings.
 *
 * Secrets are in files, of which a setting names the path alone (a test holds
 * the schema to that). What is left are addresses, which have room for a name
 * and a password: of those only what is known to be harmless is shown.
 *
 * @module
 */

import type { AdminSetting, AdminSettings } from '#admin'
import type { Config } from './config.ts'

/** Stands where something is not shown. */
const hidden = '(hidden)'

/** Of the questions in an address: how a database is reached, and nothing else. */
const harmless = new Set(['host', 'port', 'dbname', 'sslmode'])

/** The settings of the file and the environment, in the order of their paths. What has its default is not among them. */
export function adminSettings({ issuerUrl: _derived, ...settings }: Config): AdminSettings {
  const all = shownSettings(settings)
  return {
    list: async (_op, { cursor = '', limit, prefix = '' }) => {
      const rest = all.filter(({ setting }) => setting > cursor && setting.startsWith(prefix))
      const items = rest.slice(0, limit)
      const last = items.at(-1)
      return rest.length > items.length && last !== undefined ? { items, next: last.setting } : { items }
    },
  }
}

/** Every value of a tree of settings with its path, credentials hidden. */
export function shownSettings(settings: object): readonly AdminSetting[] {
  return leaves(settings, []).sort((left, right) => (left.setting < right.setting ? -1 : 1))
}

function leaves(value: unknown, path: readonly string[]): AdminSetting[] {
  if (typeof value === 'object' && value !== null) return Object.entries(value).flatMap(([name, inner]) => leaves(inner, [...path, name]))
  const setting = path.join('.')
  if (typeof value === 'string') return [{ setting, value: withoutCredentials(value) }]
  return typeof value === 'number' || typeof value === 'boolean' ? [{ setting, value }] : []
}

/**
 * Each address in a text without what it may be entered by. Everything up to
 * its last `@` goes: a password that somebody forgot to encode may hold any of
 * the characters that end one. Nor does it depend on the slashes, of which one
 * is soon forgotten.
 */
export function withoutCredentials(text: string): string {
  return text.replaceAll(/([a-z][a-z0-9+.-]*:\/*)(\S*)/gi, (_all, scheme: string, rest: string) => {
    const at = rest.lastIndexOf('@')
    const [address = '', ...asked] = rest.slice(at + 1).split(/[?&]/)
    const [place, fragment] = address.split('#')
    const query = asked.map((part) => (harmless.has(part.split('=')[0] ?? '') && !part.includes('#') ? part : hidden))
    return [
      scheme,
      at === -1 ? '' : `${hidden}@`,
      place ?? '',
      fragment === undefined ? '' : `#${hidden}`,
      query.length === 0 ? '' : `?${query.join('&')}`,
    ].join('')
  })
}
