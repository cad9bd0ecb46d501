/** The certificates of our listeners on disk, and the one that the public address shows. @module */

import { readFileSync } from 'node:fs'
import { knownAuthorities, type Asked } from '#http'
import { describeCertificate, readCertificates, type CertificateQuestions } from '#keys'
import type { CertificateView } from '../facts.ts'
import { lookAtFile } from './files.ts'
import type { ListenerUnderTest, Patient } from '../patient.ts'

export function lookAtCertificates({ issuer, server, gateway, authorities }: Patient, discovery: Asked): readonly CertificateView[] {
  const known = [...knownAuthorities(), ...authorities]
  const shown = discovery.is === 'answer' ? discovery.tls : undefined
  const atTheDoor = shown && describeCertificate(shown.chain, { hosts: [issuer.hostname], authorities: known })
  const own = inFile(server, known)
  const isOnDisk = own?.facts !== undefined && own.facts.fingerprint === atTheDoor?.fingerprint
  return [
    ...(own === undefined ? [] : [atTheDoor === undefined ? own : { ...own, shown: atTheDoor.fingerprint }]),
    ...[gateway === undefined ? undefined : inFile(gateway, known)].flatMap((view) => view ?? []),
    // What is shown from a file of ours was looked at there.
    ...(atTheDoor === undefined || isOnDisk ? [] : [{ where: `The certificate that ${issuer.origin} shows`, facts: atTheDoor }]),
  ]
}

function inFile({ tls, hosts }: ListenerUnderTest, authorities: readonly string[]): CertificateView | undefined {
  if (tls === undefined) return undefined
  const where = `The certificate in ${tls.certificateFile}`
  const key = readText(tls.keyFile)
  const isOpen = ((lookAtFile(tls.keyFile).mode ?? 0) & 0o077) !== 0
  const keyFile = { path: tls.keyFile, state: key === undefined ? 'missing' : isOpen ? 'open' : 'good' } as const
  const chain = readCertificates(readText(tls.certificateFile) ?? '')
  const questions: CertificateQuestions = { hosts, authorities, ...(key === undefined ? {} : { key }) }
  return { where, facts: chain && describeCertificate(chain, questions), keyFile }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
