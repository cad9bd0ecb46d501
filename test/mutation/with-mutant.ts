/** Preloaded into the tests: one source is read with a rule taken out. MUTANT says which file, and what its text is. @module */

import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'

const { file, text } = JSON.parse(readFileSync(process.env['MUTANT'] ?? '', 'utf8')) as { readonly file: string; readonly text: string }
const url = pathToFileURL(file).href

registerHooks({
  load: (asked, context, next) => {
    if (asked !== url) return next(asked, context)
    return { format: 'module-typescript', source: text, shortCircuit: true }
  },
})
