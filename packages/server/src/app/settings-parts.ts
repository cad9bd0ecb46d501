/** What every part of the settings is made of. @module */

import { Type, type TString } from 'typebox'

/** A setting that there is not is a mistake. */
export const closed: { readonly additionalProperties: false } = { additionalProperties: false }

/** The path of a file. */
export const file = (says: string): TString => Type.String({ minLength: 1, maxLength: 4096, description: says })

/** Where somebody listens. */
export interface ListenerSettings {
  readonly host: string
  readonly port: number
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string }
  readonly tlsEndedBy?: { readonly name: string; readonly addresses: readonly string[] }
}
