/** For `--import`: when the process ends, the addresses of everything that it loaded are in the file that NOTE_LOADED names. @module */

import { writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

const loaded: string[] = []
registerHooks({
  load: (url, context, next) => {
    loaded.push(url)
    return next(url, context)
  },
})
process.once('exit', () => writeFileSync(process.env['NOTE_LOADED'] ?? '', loaded.join('\n')))
