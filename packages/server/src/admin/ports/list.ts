/** Lists, and things with versions. @module */

/** A page of a list, and where the next one begins. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next?: string | undefined
}

/** Which part of a list: from a cursor of an earlier page, at most so many. */
export interface PageRequest {
  readonly cursor?: string | undefined
  readonly limit: number
}

/** A thing, and the version that a change is made to. */
export interface Versioned<Item> {
  readonly item: Item
  readonly version: string
}
