/** The rows of the log. Only `audit_writer` and `audit_event` are written by the transactions of others. @module */

/** One stream of numbered events; every connection that writes has its own. */
export interface WriterTable {
  tenant: string
  writer: string
  /** The number that its next event gets. */
  next: number
}

export interface EventTable {
  tenant: string
  writer: string
  number: number
  at_ms: number
  /** RFC 6962 leaf hash of `content`. */
  hash: Uint8Array
  /** Exactly what was hashed, JSON in UTF-8. */
  content: string
}

/** How far the log is in the tree; its compare-and-set makes the tree grow in one order only. */
export interface TreeTable {
  tenant: string
  size: number
  /** Who added to the tree last, so that of several servers one does the work. */
  holder: string
}

/** Neighbouring leaves that are neighbouring events of one writer: leaf `position + n` is its event `number + n`. */
export interface RunTable {
  tenant: string
  position: number
  writer: string
  number: number
  count: number
}

export interface TileTable {
  tenant: string
  level: number
  number: number
  hashes: Uint8Array
}

export interface CheckpointTable {
  tenant: string
  size: number
  at_ms: number
  root: Uint8Array
  /** The signed note, whole. */
  note: string
}

export interface AuditTables {
  audit_writer: WriterTable
  audit_event: EventTable
  audit_tree: TreeTable
  audit_run: RunTable
  audit_tile: TileTable
  audit_checkpoint: CheckpointTable
}
