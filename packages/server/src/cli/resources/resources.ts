/** Everything that is administered, one file each. @module */

import type { Command } from '../command.ts'
import { clients } from './clients.ts'
import { commandsOf } from './commands.ts'
import type { Resource } from './resource.ts'
import { sessions } from './sessions.ts'
import { users } from './users.ts'

export const resources: readonly Resource[] = [users, clients, sessions]

export const resourceCommands: readonly Command[] = resources.flatMap(commandsOf)
