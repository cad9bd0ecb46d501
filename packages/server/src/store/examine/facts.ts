/** What was seen of a database. @module */

import type { StoreMistakeCode } from '../mistakes.ts'

/** How the schema of a database stands to that of this program. `empty`: nothing of ours was ever made there. */
export type SchemaState = 'same' | 'older' | 'empty' | 'newer' | 'different'

/** What only a database server has. */
export interface DatabaseServerFacts {
  readonly user: string
  /** How far its clock is ahead of ours, and by how much that may be wrong. */
  readonly aheadMs: number
  readonly uncertainMs: number
  /** Powers that a server of ours never needs, in the words of CREATE ROLE. */
  readonly tooMuch: readonly string[]
  /** What is missing, for instance `SELECT on session`. */
  readonly tooLittle: readonly string[]
  readonly synchronousCommit: string
  readonly fsync: boolean
  readonly readOnly: boolean
  /** How many connections one process of ours opens, how many our user may have there, and by which limit. */
  readonly connections: { readonly aProcess: number; readonly most: number; readonly by: string }
}

export type DatabaseFacts =
  | {
      readonly is: 'closed'
      readonly shown: string
      readonly code: StoreMistakeCode | 'store.missing'
      /** What a start would say. */
      readonly sentence: string
    }
  | { readonly is: 'open'; readonly shown: string; readonly schema: SchemaState; readonly server?: DatabaseServerFacts }

export type DatabasePlace =
  | { readonly kind: 'sqlite'; readonly directory: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly caFile?: string | undefined }
