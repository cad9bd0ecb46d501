/** What the cases judge by, on any runtime. @module */

/** One requirement, and the program that shows it. */
export interface Case {
  readonly says: string
  readonly run: () => Promise<void>
}

export function same(actual: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (left !== right) throw new Error(`expected ${right}, got ${left}`)
}

/** The promise must be refused with this code, or with an error of this name. */
export async function refused(attempt: Promise<unknown>, by: string): Promise<void> {
  const outcome = await attempt.then(
    () => 'nothing',
    (error: unknown) =>
      error instanceof Error && 'code' in error ? String(error.code) : error instanceof Error ? error.name : 'something else',
  )
  if (outcome !== by) throw new Error(`expected ${by}, got ${outcome}`)
}
