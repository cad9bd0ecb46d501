import { StartMistake } from './mistake.ts'

/** What keeps a listener from opening is one sentence already. */
export async function listening<Opened>(open: () => Promise<Opened>): Promise<Opened> {
  try {
    return await open()
  } catch (error) {
    if (error instanceof Error && !(error instanceof StartMistake)) throw new StartMistake(`${error.message}.`, { cause: error })
    throw error
  }
}
