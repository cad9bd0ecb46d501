/** Every requirement on the SDK. The same list runs on each runtime. @module */

import { accessTokenCases } from './access-token-cases.ts'
import { assertionCases } from './assertion-cases.ts'
import { issuerCases } from './issuer-cases.ts'
import type { Case } from './judge.ts'
import type { Runtime } from './world.ts'

export async function allCases(runtime: Runtime): Promise<readonly Case[]> {
  return [...(await accessTokenCases(runtime)), ...(await assertionCases(runtime)), ...(await issuerCases(runtime))]
}
