/** The signals by which a process is asked things. @module */

import { whenNpmEnds } from './npm-parent.ts'

export class Stopping {
  readonly asked: Promise<void>
  #resolve: () => void = () => {}
  #reload: () => void = () => {}
  #forgetNpm: () => void = () => {}
  readonly #onEnd = (): void => this.#resolve()
  readonly #onReload = (): void => this.#reload()

  constructor() {
    this.asked = new Promise((resolve) => (this.#resolve = resolve))
    process.on('SIGTERM', this.#onEnd).on('SIGINT', this.#onEnd).on('SIGHUP', this.#onReload)
  }

  endWithNpm(): void {
    this.#forgetNpm = whenNpmEnds(this.#onEnd)
  }

  onReload(reload: () => void): void {
    this.#reload = reload
  }

  forget(): void {
    this.#forgetNpm()
    process.off('SIGTERM', this.#onEnd).off('SIGINT', this.#onEnd).off('SIGHUP', this.#onReload)
  }
}
