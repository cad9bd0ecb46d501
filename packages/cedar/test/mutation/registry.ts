/** Stands in for `node:test` where tests are run against mutants: it notes what is to be run. @module */

/** What tests use of their context. */
interface Context {
  readonly after: (clean: () => void) => void
}

type Body = (context: Context) => unknown

export interface Registered {
  readonly name: string
  readonly run: () => Promise<void>
}

const waiting: Registered[] = []

export function test(name: string, ...[options, body]: [Body] | [object, Body]): void {
  waiting.push({ name, run: () => runBody(body ?? (options as Body)) })
}

async function runBody(body: Body): Promise<void> {
  const cleaning: (() => void)[] = []
  try {
    await body({ after: (clean) => void cleaning.push(clean) })
  } finally {
    for (const clean of cleaning) clean()
  }
}

/** What was noted since this was last called. */
export function takeRegistered(): readonly Registered[] {
  return waiting.splice(0)
}
