/**
 * Goes and looks. Only here is anything touched, and nothing is changed; what is
 * found is judged elsewhere.
 *
 * @module
 */

import { ask } from '#http'
import { KeyMistake, readRootKey } from '#keys'
import { examineDatabase } from '#store'
import type { Facts } from '../facts.ts'
import { baseOf, type Patient } from '../patient.ts'
import { lookAtCertificates } from './certificates.ts'
import { lookAtDisks } from './disks.ts'
import { lookAtFile, lookAtFiles } from './files.ts'
import { lookAtIssuer, lookAtWay } from './issuer.ts'

export async function look(patient: Patient): Promise<Facts> {
  const { issuer, clock, authorities, socket } = patient
  const [mirror, database, discovery] = await Promise.all([
    patient.makeMirror(),
    examineDatabase(patient.database, patient.migrations, clock),
    ask(new URL(`${baseOf(issuer)}/.well-known/openid-configuration`), { authorities }),
  ])
  const nowMs = clock.wallMs()
  const way = mirror === undefined ? undefined : await lookAtWay(patient, mirror)
  const dated = discovery.is === 'answer' ? Date.parse(discovery.headers['date'] ?? '') : Number.NaN
  return {
    nowMs,
    withoutPkce: patient.withoutPkce,
    issuer: lookAtIssuer(issuer, discovery),
    server: { running: mirror !== undefined, socket },
    ...(way === undefined ? {} : { way }),
    certificates: lookAtCertificates(patient, discovery),
    // The field has whole seconds: on average it is half a second behind.
    ...(Number.isNaN(dated) ? {} : { issuerAheadMs: dated + 500 - nowMs }),
    database,
    rootKey: lookAtRootKey(patient.rootKeyFile),
    files: lookAtFiles(patient),
    disks: lookAtDisks(patient),
    excused: patient.excused,
    buckets: {
      in: patient.buckets,
      manyServers: patient.database.kind === 'postgres',
      workers: patient.workers,
      ...(patient.buckets === 'redis' ? { answers: await patient.redisAnswers() } : {}),
    },
  }
}

function lookAtRootKey(path: string): NonNullable<Facts['rootKey']> {
  const { owner } = lookAtFile(path)
  try {
    readRootKey(path).reveal().fill(0)
    return { path, mistake: undefined, owner }
  } catch (error) {
    if (error instanceof KeyMistake) return { path, mistake: error.message, owner }
    throw error
  }
}
