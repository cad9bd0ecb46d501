/** Routes of the gateway: under which origin people find an app, and what must be permitted there. @module */

import { UsageMistake } from '../options.ts'
import { routeNaming } from './naming.ts'
import { member, text, type Field, type Resource, type Row } from './resource.ts'

const pathField: Field = {
  option: 'path',
  member: 'paths',
  kind: 'list',
  value: 'PATH',
  says: '`[METHODS ]PATH ACTION[ TYPE::ID]`, or `[METHODS ]PATH open:anyone` for strangers; a prefix ends in /*.',
  items: { read: readPath, write: (item) => writePath(item as Row) },
}

const fields: readonly Field[] = [
  { option: 'name', member: 'name', kind: 'text', value: 'NAME', says: 'The app in words, for people.' },
  { option: 'upstream', member: 'upstream', kind: 'text', value: 'URL', says: 'Where the app listens: http, a host and a port.' },
  { option: 'policy-store', member: 'policyStore', kind: 'text', value: 'STORE', says: 'The policy store that decides.' },
  {
    option: 'audience',
    member: 'audience',
    kind: 'text',
    value: 'TEXT',
    says: 'What the app verifies assertions by; the origin when absent.',
  },
  pathField,
]

export const routes: Resource = {
  plural: 'routes',
  singular: 'route',
  naming: routeNaming,
  example: 'https://wiki.example.com',
  columns: [
    ['id', member('id')],
    ['origin', member('origin')],
    ['name', member('name')],
    ['upstream', member('upstream')],
    ['policy store', member('policyStore')],
    ['from', (item) => (item['configured'] === true ? 'configuration' : item['served'] === true ? 'here' : 'here, not served')],
  ],
  filters: [],
  get: true,
  create: {
    says: 'Guards an app under a new origin. Returns when every gateway serves it.',
    word: { shown: 'ORIGIN', member: 'origin' },
    fields,
    examples: [
      'countersign routes create https://wiki.example.com --name Wiki --upstream http://127.0.0.1:3000 --policy-store app --path "/* use"',
      'countersign routes create https://wiki.example.com --name Wiki --upstream http://127.0.0.1:3000 --policy-store app --path "GET,POST /pages/* edit Page::all" --path "/assets/* open:anyone"',
    ],
  },
  update: {
    says: 'Changes a route. What is open there ends; returns when every gateway serves what was said.',
    fields,
    examples: [
      'countersign routes update https://wiki.example.com --upstream http://127.0.0.1:3001',
      'countersign routes update https://wiki.example.com --add-path "/assets/* open:anyone"',
    ],
  },
  remove: {
    verb: 'delete',
    says: 'Deletes a route. Returns when no gateway serves it any more. Says first what goes with it, and asks.',
    breaks: (impact) => [
      `Nobody reaches ${text(impact['origin'])} any more: ${text(impact['paths'])} paths, ${text(impact['open'])} of them for strangers.`,
      'Downloads, uploads and WebSockets that are open there end.',
      ...(impact['client'] === undefined ? [] : [`The client that signs people in there goes with it: ${text(impact['client'])}.`]),
    ],
  },
}

/** Reads a path as people write it. Throws `UsageMistake`. */
export function readPath(said: string): Row {
  const words = said.trim().split(/\s+/)
  const methods = words[0]?.startsWith('/') === true ? undefined : words.shift()?.split(',')
  const [path = '', what = '', resource, ...more] = words
  const colons = resource?.indexOf('::') ?? -1
  const isOpen = what === 'open:anyone'
  if (!path.startsWith('/') || what === '' || more.length > 0 || (resource !== undefined && (colons < 1 || isOpen)))
    throw new UsageMistake(`--path is written as "[METHODS ]PATH ACTION[ TYPE::ID]" or "[METHODS ]PATH open:anyone", and not as "${said}"`)
  return {
    path,
    ...(methods === undefined ? {} : { methods }),
    ...(isOpen ? { open: 'anyone' } : { action: what }),
    ...(resource === undefined ? {} : { resource: { type: resource.slice(0, colons), id: resource.slice(colons + 2) } }),
  }
}

function writePath({ path, methods, action, resource, open }: Row): string {
  const { type, id } = (resource ?? {}) as { readonly type?: string; readonly id?: string }
  const words = [
    ...(Array.isArray(methods) ? [methods.join(',')] : []),
    text(path),
    open === undefined ? text(action) : 'open:anyone',
    ...(type === undefined ? [] : [`${type}::${id ?? ''}`]),
  ]
  return words.join(' ')
}
