/** The environment as it was when the process began. Nothing else in the server reads it. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A copy, so that nobody changes what was read. */
export function environment(): Environment {
  return Object.freeze({ ...process.env })
}
