/**
 * A row with this primary or unique key is already there. Thrown by the
 * statement that would have made the second one, the same on both engines.
 *
 * The write that met it cannot commit any more, even if its closure catches
 * this: PostgreSQL gives the transaction up at the first error. To carry on
 * after a conflict, say `on conflict do nothing` and count the rows.
 */
export class UniqueConflict extends Error {
  override readonly name = 'UniqueConflict'
  readonly table: string

  constructor(table: string, cause: unknown) {
    super(`a row with this key is already in ${table}`, { cause })
    this.table = table
  }
}
