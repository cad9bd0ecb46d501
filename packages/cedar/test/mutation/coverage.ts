/** Which places of the sources each test comes past. @module */

import { Session, type Profiler } from 'node:inspector'

/** Places from and to which something ran; of two that overlap the later is within the earlier. */
interface Range {
  readonly from: number
  readonly to: number
  readonly ran: boolean
}

/** Ranges of each source, by its address. */
export type Coverage = ReadonlyMap<string, readonly Range[]>

export class Recorder {
  readonly #session = new Session()

  constructor() {
    this.#session.connect()
    this.#session.post('Profiler.enable')
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** What ran since this was last called, of the sources under an address with an ending of their own: others of them may be loaded without it. */
  take(home: string, ending: string): Coverage {
    let result: readonly Profiler.ScriptCoverage[] = []
    this.#session.post('Profiler.takePreciseCoverage', (error, taken) => {
      if (error !== null) throw new Error(error.message)
      result = taken.result
    })
    return new Map(
      result
        .filter(({ url }) => url.startsWith(home) && url.endsWith(ending))
        .map(({ url, functions }) => [url.slice(0, -ending.length), rangesOf(functions)]),
    )
  }

  stop(): void {
    this.#session.disconnect()
  }
}

function rangesOf(functions: readonly Profiler.FunctionCoverage[]): readonly Range[] {
  const ranges = functions.flatMap((one) =>
    one.ranges.map(({ startOffset, endOffset, count }) => ({ from: startOffset, to: endOffset, ran: count > 0 })),
  )
  return ranges.sort((one, other) => one.from - other.from || other.to - one.to)
}

/** Whether something ran at a place: the innermost range says. */
export function ranAt(coverage: Coverage, url: string, at: number): boolean {
  return coverage.get(url)?.findLast(({ from, to }) => from <= at && at < to)?.ran === true
}
