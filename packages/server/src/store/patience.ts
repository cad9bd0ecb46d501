/**
 * Waits for a closure, but not forever: while it runs, a database connection is
 * its own. Whatever it was waiting for was not the database, which is a defect.
 */
export function patiently<Result>(ms: number, what: string, work: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`${what} awaited something other than its database for more than ${ms} ms and was undone`))
    }, ms)
    work.then(
      (result) => {
        clearTimeout(timer)
        resolve(result)
      },
      (error: unknown) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}
