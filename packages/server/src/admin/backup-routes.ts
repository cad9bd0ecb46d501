/**
 * That a backup was made, told by the program that made it: it reads the
 * database beside the server, and only the server writes to the record.
 *
 * @module
 */

import type { Route } from '#http'
import { Type, type TSchema } from 'typebox'
import { nothing } from './answer.ts'
import { endpoint } from './endpoint.ts'
import type { AdminBackups, BackupMade } from './ports/server.ts'

/** No path and no machine: what was made, and whether its keys lie beside the data. */
const made: TSchema = Type.Object(
  {
    holds: Type.Union([Type.Literal('data'), Type.Literal('keys')]),
    name: Type.Optional(Type.String({ pattern: '^backup-[0-9]{8}T[0-9]{6}Z$' })),
    keys: Type.Union([Type.Literal('beside'), Type.Literal('apart')]),
  },
  { additionalProperties: false },
)

export function backupRoutes(backups: AdminBackups): readonly Route[] {
  return [
    endpoint(
      'POST',
      '/backups',
      'backups:record',
      'Records that a backup was made. The command that makes one says so itself.',
      { body: made, answers: { 204: 'empty' } },
      async (op, { body }) => {
        await backups.record(op, body as BackupMade)
        return nothing
      },
    ),
  ]
}
