/** The admin API: whoever runs Countersign sees and changes it here. @module */

export type {
  AdminAudit,
  AdminClient,
  AdminClients,
  AdminClientChange,
  AdminClientVersion,
  AdminEvent,
  AdminGroup,
  AdminGroups,
  AdminEventFilter,
  AdminKey,
  AdminKeys,
  AdminMirrors,
  AdminPolicies,
  AdminPolicyStore,
  AdminPolicyVersion,
  AdminPorts,
  AdminSession,
  AdminSessions,
  AdminSetting,
  AdminSettings,
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
