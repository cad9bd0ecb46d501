import { test } from 'node:test'
import { variables } from '../../src/app/config.ts'
import { settingsSchema } from '../../src/app/settings.ts'
import { matchesGolden } from '../golden.ts'

interface Node {
  readonly type?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, Node>>
  readonly required?: readonly string[]
  readonly items?: Node
  readonly minimum?: number
  readonly maximum?: number
  readonly const?: string | number
  readonly anyOf?: readonly Node[]
  readonly patternProperties?: Readonly<Record<string, Node>>
}

const variableOf = new Map([...variables].map(([name, path]) => [path.join('.'), name]))

function rows(node: Node, path: string, required: string): readonly string[] {
  const inner = Object.entries(node.properties ?? {}).flatMap(([name, child]) =>
    rows(child, path === '' ? name : `${path}.${name}`, needed(node, name, required)),
  )
  const items =
    node.items === undefined ? [] : rows(node.items, `${path}[]`, 'with its group').slice(node.items.properties === undefined ? 1 : 0)
  if (node.properties !== undefined) return inner
  const variable = variableOf.get(path)
  return [
    `| \`${path}\` | ${kind(node)} | ${required} | ${variable === undefined ? '' : `\`${variable}\``} | ${node.description ?? ''} |`,
    ...items,
  ]
}

/** A required setting of an optional group is required once the group is there. */
function needed(node: Node, name: string, group: string): string {
  if (node.required?.includes(name) !== true) return ''
  return group === 'yes' ? 'yes' : 'with its group'
}

function kind(node: Node): string {
  if (node.anyOf !== undefined) return node.anyOf.map((choice) => `\`${String(choice.const)}\``).join(' or ')
  if (node.const !== undefined) return `\`${String(node.const)}\``
  if (node.patternProperties !== undefined) return 'names and values'
  const range = node.minimum === undefined ? '' : ` ${node.minimum} to ${node.maximum}`
  return node.items === undefined ? `${node.type ?? ''}${range}` : 'list'
}

test('the reference of settings is not stale', () => {
  const head = '# Settings\n\nGenerated from the schema that the server reads with. Relative paths start from the file that names them.\n\n'
  const table = ['| setting | value | required | variable | |', '|---|---|---|---|---|', ...rows(settingsSchema, '', 'yes')]
  matchesGolden('docs/reference/settings.md', `${head}${table.join('\n')}\n`)
})
