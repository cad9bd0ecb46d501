/** The thread that holds Cedar's own build: a task comes, its answer goes. @module */

import { parentPort } from 'node:worker_threads'
import { createClerk, type ClerkTask } from '#policy'

const port = parentPort
const answer = createClerk()
port?.on('message', (task: ClerkTask) => port.postMessage(answer(task)))
