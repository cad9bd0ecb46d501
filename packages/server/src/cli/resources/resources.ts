/** Everything that is administered, one file each. @module */

import type { Command } from '../command.ts'
import { clientKeyCommands } from './client-key.ts'
import { clientSecretCommands } from './client-secrets.ts'
import { clients } from './clients.ts'
import { commandsOf } from './commands.ts'
import { consents } from './consents.ts'
import { endSessions } from './end-sessions.ts'
import { groupMemberCommands } from './group-members.ts'
import { groups } from './groups.ts'
import type { Resource } from './resource.ts'
import { roleCommands, roles } from './roles.ts'
import { routes } from './routes.ts'
import { sessions } from './sessions.ts'
import { settings } from './settings.ts'
import { tokenCommands } from './token-end.ts'
import { tokens } from './tokens.ts'
import { users } from './users.ts'

export const resources: readonly Resource[] = [users, groups, roles, clients, routes, sessions, tokens, consents, settings]

/** What a kind has beside the usual commands, listed after them. */
const more: Readonly<Record<string, readonly Command[]>> = {
  users: [endSessions],
  groups: groupMemberCommands,
  clients: [...clientSecretCommands, ...clientKeyCommands],
  roles: roleCommands,
  tokens: tokenCommands,
}

export const resourceCommands: readonly Command[] = resources.flatMap((resource) => [
  ...commandsOf(resource),
  ...(more[resource.plural] ?? []),
])
