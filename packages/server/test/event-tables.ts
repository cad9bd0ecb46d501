/** What each module may record, by module. @module */

import { events as app } from '../src/app/events.ts'
import { events as audit } from '../src/audit/events.ts'
import { events as gateway } from '../src/gateway/events.ts'
import { events as identity } from '../src/identity/events.ts'
import { events as keys } from '../src/keys/events.ts'
import { events as oauth } from '../src/oauth/events.ts'
import { events as routing } from '../src/routing/events.ts'
import { events as rulebook } from '../src/rulebook/events.ts'
import { events as sessions } from '../src/sessions/events.ts'
import { events as setup } from '../src/setup/events.ts'
import { events as signin } from '../src/signin/events.ts'
import { events as tokens } from '../src/tokens/events.ts'

export const eventTables: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  app,
  audit,
  gateway,
  identity,
  keys,
  oauth,
  routing,
  rulebook,
  sessions,
  setup,
  signin,
  tokens,
}
