/** The admin API: whoever runs Countersign sees and changes it here. @module */

export type { AdminPorts } from './ports.ts'
export type { AdminAudit, AdminEvent, AdminEventFilter, AdminVerification } from './ports/audit.ts'
export type { AdminClient, AdminClientChange, AdminClients, NewAdminClient } from './ports/clients.ts'
export type { Page, PageRequest, Versioned } from './ports/list.ts'
export type { AdminToken, AdminTokens } from './ports/grants.ts'
export type { AdminGroup, AdminGroups, AdminUser, AdminUserChange, AdminUsers, NewUser } from './ports/people.ts'
export type { AdminPolicies, AdminPolicyStore, AdminPolicyVersion, PolicyMistake } from './ports/policies.ts'
export type { AdminKey, AdminKeys, AdminMirrors, AdminSetting, AdminSettings } from './ports/server.ts'
export type { AdminSession, AdminSessions } from './ports/sessions.ts'
export type { AdminImpacts, ClientImpact, Counted } from './ports/impact.ts'
export { adminRefusals } from './refusals.ts'
export { createAdmin } from './routes.ts'
