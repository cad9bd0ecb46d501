#!/usr/bin/env node
/** The command line as a process. @module */

import { run } from './run.ts'

// Whoever read our output has seen enough: `countersign audit tail | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

process.exitCode = await run(process.argv.slice(2), { in: process.stdin, out: process.stdout, err: process.stderr })
