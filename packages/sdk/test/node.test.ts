/** The SDK on Node, imported by its published name. @module */

import * as sdk from '@countersign/sdk'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { allCases } from './cases.ts'
import type { Runtime } from './world.ts'

const node: Runtime = {
  sdk,
  serve: async (answer) => {
    const server = createServer((request, response) => {
      const { status, headers = {}, body } = answer(request.url ?? '')
      if (body !== 'hang') response.writeHead(status, headers).end(body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const close = async (): Promise<void> => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
    return { origin: `http://127.0.0.1:${port}`, close }
  },
}

for (const { says, run } of await allCases(node)) test(`on Node: ${says}`, run)
