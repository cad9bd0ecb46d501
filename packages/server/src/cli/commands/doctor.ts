/** What is wrong around a server. @module */

import { exitCodes, type Command } from '../command.ts'

const doctorCommand: Command = {
  name: 'doctor',
  says: 'Finds what is wrong with issuer, proxy, TLS, clock, database, permissions and disk, and says what to do. It changes nothing.',
  options: [
    { name: 'config', kind: 'text', value: 'FILE', says: 'The configuration; ./countersign.yaml when absent.' },
    { name: 'authority', kind: 'list', value: 'FILE', says: 'A certificate authority of your own (PEM).' },
  ],
  examples: ['countersign doctor', 'countersign doctor --config /etc/countersign/countersign.yaml --json'],
  run: async (given) => {
    const { doctor } = await import('#app')
    const all = await given.print.working('Looking', async () =>
      doctor({ config: given.text('config'), authorities: given.list('authority') }),
    )
    const findings = all.filter(({ level }) => level !== 'note')
    const notes = all.filter(({ level }) => level === 'note')
    given.print.result({ findings, notes }, () => [
      ...findings.flatMap(({ level, check, says, advice }) => [`${level === 'wrong' ? '✘' : '!'} ${says} (${check})`, `  ${advice}`, '']),
      ...notes.map(({ says }) => `  ${says}`),
      findings.length === 0
        ? 'Nothing is wrong.'
        : `${findings.length === 1 ? '1 thing needs' : `${findings.length} things need`} attention.`,
    ])
    return findings.length === 0 ? exitCodes.done : exitCodes.found
  },
}

export const doctorCommands: readonly Command[] = [doctorCommand]
