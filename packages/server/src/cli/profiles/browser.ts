/** Opens the person's own browser, where there is one. @module */

import { spawn } from 'node:child_process'
import { environment } from '#kernel'

/** Begins to open an address; whether it worked nobody can know, so the address is shown as well. */
export function openBrowser(url: URL): void {
  const env = environment()
  const hasDisplay = process.platform !== 'linux' || (env['DISPLAY'] ?? env['WAYLAND_DISPLAY'] ?? '') !== ''
  const program = { darwin: 'open', linux: 'xdg-open' }[process.platform as string]
  if (program === undefined || !hasDisplay) return
  const child = spawn(program, [url.href], { stdio: 'ignore', detached: true, env })
  child.on('error', () => {})
  child.unref()
}
