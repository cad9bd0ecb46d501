import { refusals, type Refuse } from '#kernel'

/** What whoever reads the log can be refused. */
export const auditRefusals = {
  'audit.unknown_place': 'The place in the list is not one that this server gave.',
  'audit.too_many_exports': 'Other exports of the record are under way; try again when one of them has ended.',
} as const

/** What whoever verifies the log can be refused. */
export const verifyRefusals = {
  'audit.unreadable_key': 'The verifier key cannot be read.',
} as const

export type AuditRefusalCode = keyof typeof auditRefusals | keyof typeof verifyRefusals

export const refuse: Refuse<AuditRefusalCode> = refusals({ ...auditRefusals, ...verifyRefusals })
