/**
 * What the admin API needs from the rest of the house. `app/compose.ts` passes
 * what fits; the edge itself keeps no state and decides nothing.
 *
 * @module
 */

import type { AdminAudit } from './ports/audit.ts'
import type { AdminClients } from './ports/clients.ts'
import type { AdminConsents, AdminTokens } from './ports/grants.ts'
import type { AdminHoldings } from './ports/holdings.ts'
import type { AdminImpacts } from './ports/impact.ts'
import type { AdminGroups, AdminUsers } from './ports/people.ts'
import type { AdminPolicies } from './ports/policies.ts'
import type { AdminRoutes } from './ports/routes.ts'
import type { AdminRoles } from './ports/roles.ts'
import type { AdminBackups, AdminKeys, AdminMirrors, AdminSettings } from './ports/server.ts'
import type { AdminSessions } from './ports/sessions.ts'

export interface AdminPorts {
  readonly users: AdminUsers
  readonly groups: AdminGroups
  readonly roles: AdminRoles
  readonly clients: AdminClients
  readonly impacts: AdminImpacts
  readonly routes: AdminRoutes
  readonly holdings: AdminHoldings
  readonly sessions: AdminSessions
  readonly tokens: AdminTokens
  readonly consents: AdminConsents
  readonly audit: AdminAudit
  readonly policies: AdminPolicies
  readonly keys: AdminKeys
  readonly settings: AdminSettings
  readonly mirrors: AdminMirrors
  readonly backups: AdminBackups
}
