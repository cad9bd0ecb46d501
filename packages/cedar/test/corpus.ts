/**
 * Runs a body of test cases in the layout of Cedar's public corpus: files of
 * policies, a schema and entities, and requests with the answer that Cedar's
 * specification gives.
 *
 * Source: https://github.com/cedar-policy/cedar-integration-tests
 *
 * @module
 */

import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import {
  actionEntities,
  authorize,
  EntityStore,
  parseJson,
  PolicySet,
  readEntities,
  readPolicies,
  readRequest,
  readSchema,
  readSchemaText,
  slotsOf,
  validate,
  type Answer,
  type Schema,
} from '../src/index.ts'

interface CorpusRequest {
  readonly description: string
  readonly decision: 'allow' | 'deny'
  readonly reason: readonly string[]
  readonly errors: readonly string[]
}

interface CorpusCase {
  readonly policies: string
  readonly entities: string
  readonly schema: string
  readonly shouldValidate: boolean
  readonly requests: readonly CorpusRequest[]
}

/** What a case says, and what was wrong with it; nothing when it passed. */
export interface Outcome {
  readonly says: string
  readonly wrong: string | undefined
}

/** The corpus among the outside vectors. */
export const archive: string = join(resolve(process.env['TEST_VECTORS'] ?? ''), 'cedar-corpus.tar.xz')

/** What to hand to node:test as `skip`: false when the corpus is here, else the reason. */
export function missingArchive(): string | false {
  if (process.env['TEST_VECTORS'] !== undefined && existsSync(archive)) return false
  const reason = 'cedar-corpus.tar.xz is not there: TEST_VECTORS names the folder of outside vectors, see docs/reference/vectors.md'
  if (process.env['COUNTERSIGN_SKIP_NOTHING'] !== undefined) throw new Error(reason)
  return reason
}

/** Unpacks an archive of cases into a folder, by the system's tar. */
export function unpack(archive: string, folder: string): void {
  const { status, error, stderr } = spawnSync('tar', ['-xf', archive, '-C', folder], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${archive} was not unpacked: ${error?.message ?? stderr}`)
}

/** The files of cases below a folder. */
export function casesBelow(root: string): readonly string[] {
  return globSync(['**/*.json'], { cwd: root })
    .filter((file) => !/(^|\/)(entities|[^/]*\.entities)\.json$/.test(file))
    .sort()
}

/** Runs the case of one file; each request of it is an outcome. */
export function* runCase(root: string, file: string): Iterable<Outcome> {
  const read = (name: string): string => readFileSync(join(root, name), 'utf8')
  const { policies, entities, schema, shouldValidate, requests } = parseJson(read(file)) as CorpusCase
  let house: House
  try {
    house = openHouse(read(policies), parseJson(read(entities)), readSchema(readSchemaText(read(schema))))
  } catch (error) {
    yield { says: file, wrong: String(error) }
    return
  }
  yield { says: `${file}: validation`, wrong: wrongValidation(read(policies), house.schema, shouldValidate) }
  for (const request of requests) yield { says: `${file}: ${request.description}`, wrong: wrongWith(house, request) }
}

interface House {
  readonly policies: PolicySet
  readonly entities: EntityStore
  readonly schema: Schema
}

/** Policies are called by their place, as the corpus calls them. */
function openHouse(text: string, json: unknown, schema: Schema): House {
  const named = readPolicies(text).map(({ json: policy }, at) => [`policy${at}`, policy] as const)
  const isTemplate = new Map(named.map(([id, policy]) => [id, slotsOf(policy).length > 0]))
  const policies = PolicySet.fromJson({
    staticPolicies: Object.fromEntries(named.filter(([id]) => isTemplate.get(id) === false)),
    templates: Object.fromEntries(named.filter(([id]) => isTemplate.get(id) === true)),
  })
  const entities = new EntityStore()
  entities.apply({ put: [...actionEntities(schema), ...readEntities(schema, json, 'cedar')] })
  return { policies, entities, schema }
}

function wrongValidation(text: string, schema: Schema, shouldValidate: boolean): string | undefined {
  const { mistakes } = validate(schema, Object.fromEntries(readPolicies(text).map(({ json }, at) => [`policy${at}`, json])))
  if ((mistakes.length === 0) === shouldValidate) return undefined
  return shouldValidate ? `${mistakes[0]?.code}: ${mistakes[0]?.says}` : 'it validates, and should not'
}

function wrongWith({ policies, entities, schema }: House, request: CorpusRequest): string | undefined {
  try {
    const answer = say(authorize(policies, entities, readRequest(schema, request, 'cedar')))
    const { decision, reason, errors } = request
    const wanted = `${decision} ${[...reason].sort().join()} ${[...errors].sort().join()}`
    return answer === wanted ? undefined : `${answer}, and ${wanted} is wanted`
  } catch (error) {
    return String(error)
  }
}

function say({ decision, reasons, erring }: Answer): string {
  return `${decision} ${reasons.join()} ${erring.map(({ policy }) => policy).join()}`
}
