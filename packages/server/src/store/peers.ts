import type { Peers } from './contract.ts'

/** One server owns a SQLite directory: there is nobody else to hear or to wait for. */
export const nobodyElse: Peers = Object.freeze({
  join: () => Promise.resolve(() => {}),
  tell: () => {},
  others: () => Promise.resolve([]),
})
