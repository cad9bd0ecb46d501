/** What an app asks for, in the words of the person who is asked. @module */

import { isLoopback } from '#kernel'
import { fill, messages } from './messages.en.ts'

/** Custom scopes and what they mean, for instance `notes.write`: `Write notes in your name`. */
export type ScopeWords = Readonly<Record<string, string>>

export interface Ask {
  readonly says: string
  /** What exactly would be seen. */
  readonly shows?: string
}

interface Shown {
  readonly username: string
  readonly name?: string | undefined
  readonly email?: string | undefined
}

/** One line for each thing that is asked for. */
export function asksFor(scopes: readonly string[], person: Shown, words: ScopeWords): readonly Ask[] {
  return scopes.flatMap((scope) => askFor(scope, scopes, person, words))
}

function askFor(scope: string, all: readonly string[], person: Shown, words: ScopeWords): readonly Ask[] {
  switch (scope) {
    case 'openid':
      return all.includes('profile') ? [] : [{ says: messages['consent.openid'], shows: person.username }]
    case 'profile':
      return [{ says: messages['consent.profile'], shows: person.name ?? person.username }]
    case 'email':
      return [{ says: messages['consent.email'], ...(person.email === undefined ? {} : { shows: person.email }) }]
    case 'offline_access':
      return [{ says: messages['consent.offline'], shows: messages['consent.offline_shows'] }]
    default:
      return [{ says: Object.hasOwn(words, scope) ? (words[scope] ?? scope) : fill('consent.other', { scope }) }]
  }
}

/** Where the answer goes, as a person may recognise it: the host, or undefined for a program on this device. */
export function placeOf(redirectUri: string): string | undefined {
  const url = URL.parse(redirectUri)
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined
  return isLoopback(url.hostname) && !url.hostname.endsWith('.localhost') ? undefined : url.host
}
