/** Random worlds with the answers of Cedar's own build, which are the same for every mutant of ours. @module */

import { anyRequest, askTheirs, requestsPerWorld, type RequestJson } from '../differential/compare.ts'
import { PolicyMaker } from '../differential/policies.ts'
import { Random } from '../differential/random.ts'
import { anyEntities, type EntityJson } from '../differential/world.ts'
import type { PolicySetJson } from '../../src/index.ts'

export interface AnsweredWorld {
  readonly seed: number
  readonly policies: PolicySetJson
  readonly entities: readonly EntityJson[]
  readonly requests: readonly (readonly [request: RequestJson, answer: string])[]
}

const count = 300
let answered: readonly AnsweredWorld[] | undefined

export function answeredWorlds(): readonly AnsweredWorld[] {
  return (answered ??= Array.from({ length: count }, (_, at) => answer(at + 1)))
}

function answer(seed: number): AnsweredWorld {
  const random = new Random(seed)
  const policies = new PolicyMaker(random).set()
  const entities = anyEntities(random)
  const ask = askTheirs(policies, entities)
  const requests = Array.from({ length: requestsPerWorld }, () => anyRequest(random))
  return { seed, policies, entities, requests: requests.map((request) => [request, ask(request)] as const) }
}
