/**
 * One line on the terminal that says how long something has been going on. Only
 * there: a log or a script is told nothing that it would have to take out again.
 *
 * @module
 */

/** Who waits less does not wonder. */
const silentMs = 1000

export interface Progress {
  during<Result>(says: string, work: () => Promise<Result>): Promise<Result>
  /** Takes the line away, before something else is written. */
  clear(): void
}

export function createProgress(terminal: { write(text: string): unknown; readonly isTTY?: boolean | undefined }): Progress {
  let shown = false
  const clear = (): void => {
    if (shown) terminal.write('\r\u001b[K')
    shown = false
  }
  return {
    clear,
    during: async (says, work) => {
      if (terminal.isTTY !== true) return work()
      let seconds = 0
      const timer = setInterval(() => {
        seconds += 1
        shown = true
        terminal.write(`\r\u001b[K${says}, ${seconds} s`)
      }, silentMs)
      try {
        return await work()
      } finally {
        clearInterval(timer)
        clear()
      }
    },
  }
}
