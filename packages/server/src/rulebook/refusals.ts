import { refusals, type Refuse } from '#kernel'

/** What the rulebook refuses. */
export const policyRefusals = {
  'policies.unknown_store': 'There is no such policy store.',
  'policies.unknown_version': 'There is no such version of this policy store.',
  'policies.changed': 'Another policy set became the active one since you looked. Read it again.',
  'policies.folder_only': 'The policies of this store are changed in their folder only.',
  'policies.unreadable': 'This version has mistakes in this release. Activate its files with the mistakes mended.',
} as const

export type PolicyRefusalCode = keyof typeof policyRefusals

/** Refuses in the name of the rulebook. */
export const refuse: Refuse<PolicyRefusalCode> = refusals(policyRefusals)
