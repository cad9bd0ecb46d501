/** Certificates in the files of our listeners, and the one that is shown at the public address. @module */

import { when, type Check, type Particulars } from '../check.ts'
import type { CertificateView, Facts } from '../facts.ts'

const dayMs = 86_400_000

/** Automatic renewal tries at a third of the life; what is left at a fifth of it, or ten days, was missed. */
const soonMs = (life: number): number => Math.min(10 * dayMs, life / 5)

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/** Each certificate of which something is so. */
function each(
  { certificates = [] }: Facts,
  isSo: (view: CertificateView, read: NonNullable<CertificateView['facts']>) => Particulars | undefined,
): readonly Particulars[] {
  return certificates.map((view) => view.facts && isSo(view, view.facts)).filter((found) => found !== undefined)
}

export const tlsChecks: readonly Check[] = [
  {
    name: 'tls.unreadable',
    level: 'wrong',
    looksAt: 'whether the certificate file can be read and holds certificates',
    judge: ({ certificates = [] }) => certificates.filter(({ facts }) => facts === undefined).map(({ where }) => ({ where })),
    says: '{where} cannot be read.',
    advice: 'It is PEM: the certificate of this server first, then those that lead to the authority.',
  },
  {
    name: 'tls.expired',
    level: 'wrong',
    looksAt: 'the last day of the certificate',
    judge: (facts) => each(facts, ({ where }, { endsMs }) => (endsMs <= facts.nowMs ? { where, day: day(endsMs) } : undefined)),
    says: '{where} ended on {day}: no client connects any more.',
    advice: 'Renew it, then send the server SIGHUP, or reload the proxy that shows it.',
  },
  {
    name: 'tls.not_yet',
    level: 'wrong',
    looksAt: 'the first day of the certificate',
    judge: (facts) => each(facts, ({ where }, { startsMs }) => (startsMs > facts.nowMs ? { where, day: day(startsMs) } : undefined)),
    says: '{where} is good from {day} on only.',
    advice: 'Look at the clock of this machine, and at the one of the authority.',
  },
  {
    name: 'tls.ends_soon',
    level: 'warning',
    looksAt: 'how long the certificate still lasts: ten days, or a fifth of its life when that is shorter',
    judge: (facts) =>
      each(facts, ({ where }, { startsMs, endsMs }) => {
        const left = endsMs - facts.nowMs
        return left > 0 && left < soonMs(endsMs - startsMs) ? { where, day: day(endsMs) } : undefined
      }),
    says: '{where} ends on {day}, and nobody has renewed it.',
    advice: 'Look why the renewal did not run. The server takes a new certificate at SIGHUP.',
  },
  {
    name: 'tls.name',
    level: 'wrong',
    looksAt: 'whether the certificate is for the names that clients ask for',
    judge: (facts) => each(facts, ({ where }, { notFor }) => (notFor.length === 0 ? undefined : { where, names: notFor.join(', ') })),
    says: '{where} is not for {names}.',
    advice: 'Get one whose alternative names hold every public name of this listener.',
  },
  {
    name: 'tls.key',
    level: 'wrong',
    looksAt: 'whether the key file belongs to the certificate',
    judge: (facts) =>
      each(facts, ({ where, keyFile }, { fitsKey }) =>
        fitsKey === false && keyFile?.state !== 'missing' ? { where, key: keyFile?.path ?? '' } : undefined,
      ),
    says: '{where} belongs to another key than the one in {key}.',
    advice: 'Put the two that were made together beside each other; a renewal that was cut off leaves one of them old.',
  },
  {
    name: 'tls.key_missing',
    level: 'wrong',
    looksAt: 'whether the key file is there',
    judge: ({ certificates = [] }) =>
      certificates.flatMap(({ keyFile }) => when(keyFile?.state === 'missing', { key: keyFile?.path ?? '' })),
    says: 'The key file {key} cannot be read.',
    advice: 'Look at its path, its owner and its permissions.',
  },
  {
    name: 'tls.key_open',
    level: 'wrong',
    looksAt: 'whether others than its owner can read the key file',
    judge: ({ certificates = [] }) => certificates.flatMap(({ keyFile }) => when(keyFile?.state === 'open', { key: keyFile?.path ?? '' })),
    says: 'The key file {key} can be read by others than its owner, and the server refuses it.',
    advice: 'Close it (chmod 600). If others may have read it, get a new key and revoke the certificate.',
  },
  {
    name: 'tls.chain',
    level: 'wrong',
    looksAt: 'whether the certificates that are sent lead to an authority that this machine knows',
    judge: (facts) =>
      each(facts, ({ where }, { missingIssuer }) => (missingIssuer === undefined ? undefined : { where, issuer: missingIssuer })),
    says: '{where} does not lead to an authority: the certificate of "{issuer}" is neither sent with it nor known to this machine.',
    advice:
      'Append the intermediate certificates to the file. If it is an authority of your own, name its certificate with --authority FILE.',
  },
  {
    name: 'tls.not_reloaded',
    level: 'wrong',
    looksAt: 'whether the server shows the certificate that is on disk',
    judge: (facts) =>
      each(facts, ({ where, shown }, { fingerprint }) => (shown === undefined || shown === fingerprint ? undefined : { where })),
    says: '{where} is not the one that the server shows: it was replaced and not read again.',
    advice: 'Send the server SIGHUP.',
  },
]
