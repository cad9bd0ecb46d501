import { StartMistake } from './mistake.ts'
import type { Words } from './words.ts'

export async function runGateway(_print: Words): Promise<number> {
  throw new StartMistake('not built')
}
