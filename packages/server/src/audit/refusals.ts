import { refusals, type Refuse } from '#kernel'

/** What callers of the log can be refused. */
export const auditRefusals = {
  'audit.unknown_place': 'The place in the list is not one that this server gave.',
  'audit.unreadable_key': 'The verifier key cannot be read.',
} as const

export type AuditRefusalCode = keyof typeof auditRefusals

export const refuse: Refuse<AuditRefusalCode> = refusals(auditRefusals)
