import { refusals, type Refuse } from '#kernel'

/** What the admin API itself refuses. */
export const adminRefusals = {
  'admin.not_found': 'There is nothing here by that id.',
  'admin.gateway_client': 'This client signs people in behind the gateway. It is changed with its route and deleted with it.',
  'admin.grant_exceeds': 'That gives or takes more than you hold yourself.',
  'admin.configured': 'This is in the configuration of the server and is changed there.',
} as const

/** Refuses in the name of the admin API. */
export const refuse: Refuse<keyof typeof adminRefusals> = refusals(adminRefusals)
