/**
 * Takes one rule out of a source at a time: a condition that always holds or
 * never, a step that is left out, a comparison that is off by one.
 *
 * @module
 */

import { parseAst } from 'rolldown/parseAst'

export interface Mutant {
  /** Where in the source, and from 1. */
  readonly start: number
  readonly line: number
  readonly was: string
  readonly becomes: string
}

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [member: string]: unknown
}

const swapped: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '+': '-',
  '-': '+',
  '&&': '||',
  '||': '&&',
  '??': '&&',
}

/** Every mutant of a TypeScript source, in its order. */
export function mutantsOf(source: string): readonly Mutant[] {
  const found: Mutant[] = []
  const lineAt = (at: number): number => source.slice(0, at).split('\n').length
  const replace = ({ start, end }: Pick<Node, 'start' | 'end'>, becomes: string): void => {
    found.push({ start, line: lineAt(start), was: source.slice(start, end), becomes })
  }
  const text = ({ start, end }: Node): string => source.slice(start, end)
  walk(parseAst(source, { lang: 'ts' }) as unknown as Node, (node) => {
    switch (node.type) {
      case 'IfStatement':
      case 'ConditionalExpression': {
        const test = node['test'] as Node
        for (const always of ['true', 'false']) replace(test, `(${text(test)}, ${always} as boolean)`)
        return
      }
      case 'LogicalExpression':
      case 'BinaryExpression': {
        const [left, right] = [node['left'] as Node, node['right'] as Node]
        const other = swapped[node['operator'] as string]
        if (other !== undefined) replace(node, `(${text(left)}) ${other} (${text(right)})`)
        return
      }
      case 'UnaryExpression':
        if (node['operator'] === '!') replace(node, `!!(${text(node['argument'] as Node)})`)
        return
      case 'ExpressionStatement':
        if ((node['expression'] as Node).type !== 'Literal') replace(node, ';')
        return
      case 'ContinueStatement':
        replace(node, ';')
        return
      case 'SwitchCase':
        if (node['test'] !== null) replace(node['test'] as Node, `(Symbol() as never)`)
        return
      case 'Literal':
        if (typeof node['value'] === 'boolean') replace(node, String(!node['value']))
        return
      default:
    }
  })
  return found.sort((one, other) => one.start - other.start)
}

/** The source with one rule taken out. */
export function mutated(source: string, { start, was, becomes }: Mutant): string {
  return source.slice(0, start) + becomes + source.slice(start + was.length)
}

/** Types are passed over: they do nothing. */
function walk(node: Node, visit: (node: Node) => void): void {
  if (/^TS(Type|Interface|Union|Literal|Array|Function|Tuple|Mapped|Indexed|Intersection|Conditional)/.test(node.type)) return
  visit(node)
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? (value as readonly unknown[]) : [value]) {
      if (typeof child === 'object' && child !== null && 'type' in child && typeof child.type === 'string') walk(child as Node, visit)
    }
  }
}
