/** The admin API, with everything that it shows and changes. @module */

import { createAdmin, type ClientImpact, type AdminMirrors } from '#admin'
import type { Audit } from '#audit'
import type { Edge } from '#http'
import { createConsents, type Clients, type OAuth } from '#oauth'
import type { RulesEngine } from '#policy'
import type { Routing } from '#routing'
import type { Rulebook } from '#rulebook'
import { adminAnswers } from './admin-answers.ts'
import { adminAudit } from './admin-audit.ts'
import { adminClients } from './admin-clients.ts'
import { adminHoldings } from './admin-holdings.ts'
import { adminImpacts } from './admin-impacts.ts'
import { adminKeys } from './admin-keys.ts'
import { adminGroups, adminUsers } from './admin-people.ts'
import { adminPolicies } from './admin-policies.ts'
import { adminRoutes } from './admin-routes.ts'
import { adminSessions } from './admin-sessions.ts'
import { adminBackups } from './backup/record-backup.ts'
import type { Config } from './config.ts'
import { adminAudience } from './demo.ts'
import type { Features } from './features.ts'
import { adminConsents, adminTokens } from './grant-ports.ts'
import type { Ground } from './ground.ts'
import { adminRoles } from './role-ports.ts'
import { adminSettings } from './shown-settings.ts'

export interface AdminParts {
  readonly config: Config
  readonly ground: Ground
  readonly features: Features
  readonly oauth: OAuth
  readonly clients: Clients
  readonly routing: Routing
  readonly rulebook: Rulebook
  readonly engine: RulesEngine
  readonly audit: Audit
  readonly declaredBy: (clientId: string) => ClientImpact['declaredBy']
  readonly mirrors: AdminMirrors
}

export function adminEdge(parts: AdminParts): Edge {
  const { config, ground, features, oauth, clients, routing, rulebook, engine, audit, declaredBy, mirrors } = parts
  const { store, keys, people } = ground
  const { identity, sessions, tokens } = features
  const admin = createAdmin({
    users: adminUsers(identity),
    groups: adminGroups(identity),
    roles: adminRoles({ rulebook, identity, clients }),
    clients: adminClients(clients, identity, declaredBy),
    routes: adminRoutes(routing),
    impacts: adminImpacts({ store, identity, sessions, tokens, clients, routing, declaredBy }),
    holdings: adminHoldings({ identity, rulebook, audience: adminAudience(config) }),
    sessions: adminSessions(sessions, identity),
    tokens: adminTokens({ tokens, clients, identity, oauth }),
    consents: adminConsents({ consents: createConsents({ store, tokens }), clients, identity }),
    audit: adminAudit({ audit, people, store }),
    policies: adminPolicies(rulebook, engine),
    keys: adminKeys(keys),
    settings: adminSettings(config),
    mirrors,
    backups: adminBackups(store),
  })
  // With answers for what the features behind its ports refuse.
  return { ...admin, refusals: { ...adminAnswers, ...admin.refusals } }
}
