/**
 * Preloaded into processes of a test: every name under `example.test` is this
 * machine, as the browser's resolver rule has it.
 *
 * @module
 */

import dns, { type LookupOptions } from 'node:dns'

type Found = (error: NodeJS.ErrnoException | null, address: string | { address: string; family: number }[], family?: number) => void
type Lookup = (name: string, options: LookupOptions, found: Found) => void

const real = dns.lookup as unknown as Lookup

const lookup: Lookup = (name, options, found) => {
  if (!name.endsWith('.example.test')) real(name, options, found)
  else if (options.all === true) found(null, [{ address: '127.0.0.1', family: 4 }])
  else found(null, '127.0.0.1', 4)
}

Object.assign(dns, { lookup })
