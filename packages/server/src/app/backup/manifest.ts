/**
 * What a backup says about itself: the head of its file `manifest`.
 *
 * The names of its parts are fixed words of this program; a manifest that names
 * anything else is none of ours, so no path in it can lead anywhere.
 *
 * @module
 */

import { Ajv } from 'ajv'
import { Type, type TInteger, type TString } from 'typebox'
import type { InstanceId, TenantId } from '#kernel'
import type { Config } from '../config.ts'
import { StartMistake } from '../mistake.ts'
import type { Head, Kind } from './sealed-file.ts'

export const manifestKind: Kind = { what: 'backup', format: 'countersign-backup-1', mostBytes: 131_072 }

/** The manifest's own name in the folder of a backup. */
export const manifestName = 'manifest'

/** The whole database of the embedded kind, in the folder beside the manifest. */
export interface Part {
  readonly name: 'countersign.db'
  readonly bytes: number
  /** SHA-256, base64url. */
  readonly sha256: string
}

/** Whose life a file belongs to, and when it was made. */
export interface Origin {
  readonly instance: InstanceId
  readonly epoch: number
  readonly issuer: string
  readonly tenant: TenantId
  readonly madeAtMs: number
}

export interface Manifest extends Origin {
  readonly program: string
  readonly engine: 'sqlite' | 'postgres'
  /** The last step of each module. */
  readonly schema: Readonly<Record<string, number>>
  /** The latest signed checkpoint; absent from a log that never had one. */
  readonly checkpoint?: { readonly size: number; readonly note: string }
  /** Empty for PostgreSQL, whose own tools bring the rows. */
  readonly parts: readonly Part[]
  /** For PostgreSQL: whose rows its dump must bring, and whose it must not. */
  readonly tables: { readonly carried: readonly string[]; readonly leftOut: readonly string[]; readonly apart: readonly string[] }
}

const count: TInteger = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const names = Type.Array(Type.String({ pattern: '^[a-z][a-z0-9_]{0,62}$' }), { maxItems: 1000 })

/** The members of {@link Origin}, for the schemas of heads. */
export const originShape: Readonly<Record<keyof Origin, TString | TInteger>> = {
  instance: Type.String({ pattern: '^ins_[0-9A-Za-z]{22}$' }),
  epoch: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER - 1 }),
  issuer: Type.String({ maxLength: 512 }),
  tenant: Type.String({ pattern: '^ten_[0-9A-Za-z]{22}$' }),
  madeAtMs: count,
}

const shape = new Ajv({ strict: false }).compile<Manifest>(
  Type.Object({
    ...originShape,
    program: Type.String({ maxLength: 64 }),
    engine: Type.Union([Type.Literal('sqlite'), Type.Literal('postgres')]),
    schema: Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_]{0,62}$' }), count),
    checkpoint: Type.Optional(Type.Object({ size: count, note: Type.String({ maxLength: 16_384 }) })),
    parts: Type.Array(
      Type.Object({ name: Type.Literal('countersign.db'), bytes: count, sha256: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }) }),
      { maxItems: 1 },
    ),
    tables: Type.Object({ carried: names, leftOut: names, apart: names }),
  }),
)

/** Reads the head of a manifest whose MAC held. Undefined when this program did not write it. */
export function readManifest(head: Head): Manifest | undefined {
  return shape(head) ? head : undefined
}

/** Why a backup cannot be restored here, as far as its manifest tells. Pure. Throws a `StartMistake`. */
export function judgeManifest(
  manifest: Manifest,
  { issuer, database }: Pick<Config, 'issuer' | 'database'>,
  schema: Readonly<Record<string, number>>,
): void {
  const engine = database === undefined ? 'sqlite' : 'postgres'
  if (manifest.issuer !== issuer) {
    throw new StartMistake(`The backup is of another instance: its issuer is ${manifest.issuer}, and the configuration says ${issuer}.`)
  }
  if (manifest.engine !== engine) {
    throw new StartMistake(
      manifest.engine === 'sqlite'
        ? 'The backup is of the embedded database, and the configuration names a PostgreSQL.'
        : 'The backup is of a PostgreSQL, and the configuration names none.',
    )
  }
  if (manifest.parts.length !== (engine === 'sqlite' ? 1 : 0)) throw new StartMistake('The backup does not have the parts that it needs.')
  for (const [module, step] of Object.entries(manifest.schema)) {
    if (step <= (schema[module] ?? 0)) continue
    throw new StartMistake(
      `The backup was made by a newer version of Countersign (${manifest.program}; ${module} step ${step}); restore it with that version or a later one.`,
    )
  }
}
