/** A value that must not be printed. Logging it, by accident or by JSON, shows nothing: `#value` is invisible to `util.inspect` too. */
export class Secret<Value> {
  readonly #value: Value

  constructor(value: Value) {
    this.#value = value
  }

  /** Call it where the secret is used and nowhere earlier, so that uses can be found by name. */
  reveal(): Value {
    return this.#value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }
}
