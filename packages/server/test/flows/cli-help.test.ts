/** What the command line says about itself. @module */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { exitCodes } from '../../src/cli/command.ts'
import { commands } from '../../src/cli/run.ts'
import { runCommand } from '../terminal.ts'

describe('help', () => {
  const flat = (text: string): string => text.replaceAll(/\s+/g, ' ')
  const fits = (text: string): boolean =>
    text.split('\n').every((line) => line.length <= 80 || /^ {2}([A-Z_]+=\S+ )?countersign /.test(line))

  test('names every command, and what its exit codes mean', async () => {
    const help = await runCommand(['--help'])
    assert.equal(help.code, 0)
    assert.ok(fits(help.out))
    for (const { name, isOurs } of commands)
      if (isOurs !== true) assert.match(help.out, new RegExp(`\\n {2}${name.split(' ')[0]} .*${name.split(' ')[1] ?? ''}`), name)
    for (const code of Object.values(exitCodes)) assert.match(flat(help.out), new RegExp(`Exit codes: .*\\b${code} `))
    for (const words of [[], ['help'], ['-h']]) assert.deepEqual(await runCommand(words), help)
  })

  test('of a first word says what may follow', async () => {
    const help = await runCommand(['clients', '--help'])
    for (const name of ['list', 'update', 'secrets add']) assert.match(help.out, new RegExp(`^ {2}${name} +\\S`, 'm'))
    assert.deepEqual(await runCommand(['help', 'clients']), help)
    assert.equal((await runCommand(['nothing', '--help'])).code, 2)
  })

  for (const { name, says, options = [] } of commands) {
    test(`${name} explains itself with an example`, async () => {
      const help = await runCommand([...name.split(' '), '--help'])
      assert.equal(help.code, 0)
      assert.ok(fits(help.out), help.out)
      assert.ok(flat(help.out).includes(says))
      for (const option of options) assert.match(help.out, new RegExp(`^ {2}--${option.name}( |$)`, 'm'))
      const [, examples = ''] = help.out.split('\nExamples\n')
      assert.match(examples, new RegExp(`^ {2}([A-Z_]+=\\S+ )?countersign ${name}`))
    })
  }

  test('says which release this is', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string }
    assert.deepEqual(await runCommand(['--version']), { code: 0, out: `countersign ${version}\n`, err: '' })
  })
})
