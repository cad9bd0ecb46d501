/** What every part of the settings is made of. @module */

import { Type, type TString } from 'typebox'

/** A setting that there is not is a mistake. */
export const closed: { readonly additionalProperties: false } = { additionalProperties: false }

/** The path of a file. */
export const file = (says: string): TString => Type.String({ minLength: 1, maxLength: 4096, description: says })
