/** The admin API: whoever runs Countersign sees and changes it here. @module */

export type {
  AdminAudit,
  AdminClient,
  AdminClients,
  AdminEvent,
  AdminMirrors,
  AdminPolicies,
  AdminPorts,
  AdminSession,
  AdminSessions,
  AdminUser,
  AdminUsers,
  AdminVerification,
  NewAdminClient,
  NewUser,
  Page,
  PageRequest,
  PolicyMistake,
} from './ports.ts'
export { adminRefusals } from './refusals.ts'
export { createAdmin } from './routes.ts'
