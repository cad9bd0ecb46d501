/** Names of entities. @module */

/** An entity's name: its type, with namespaces, and its id. */
export class EntityUid {
  readonly type: string
  readonly id: string
  /** What a store last found under this name: whoever asks must see that it is still theirs. */
  #found: object | undefined

  constructor(type: string, id: string) {
    this.type = type
    this.id = id
  }

  get found(): object | undefined {
    return this.#found
  }

  /** A name that is asked for again need not be looked up again. */
  remember(found: object): void {
    this.#found = found
  }

  equals(other: EntityUid): boolean {
    return this === other || (this.id === other.id && this.type === other.type)
  }

  /** As Cedar's JSON form has it, without its escape. */
  toJSON(): { readonly type: string; readonly id: string } {
    return { type: this.type, id: this.id }
  }

  /** As Cedar writes it: `User::"alice"`. */
  toString(): string {
    return `${this.type}::${JSON.stringify(this.id)}`
  }
}
