/**
 * What a verification can find, each in words for whoever must act on it.
 *
 * @module
 */

/** `kept` is a checkpoint from our own table, `given` one that the caller kept elsewhere. */
export type Whose = 'kept' | 'given'

/** One thing that is not as it was written. `index` is the leaf in the tree, counted from 0. */
export type Damage =
  | {
      readonly code: 'event_changed'
      readonly writer: string
      readonly number: number
      readonly index: number | undefined
      readonly what: string | undefined
    }
  | { readonly code: 'event_missing'; readonly writer: string; readonly number: number; readonly index: number }
  | { readonly code: 'event_unknown'; readonly writer: string; readonly number: number }
  | { readonly code: 'gap_found'; readonly writer: string; readonly first: number; readonly last: number }
  | { readonly code: 'counter_cut'; readonly writer: string; readonly counted: number; readonly last: number }
  | { readonly code: 'order_broken'; readonly index: number }
  | { readonly code: 'tile_changed'; readonly level: number; readonly number: number }
  | { readonly code: 'checkpoint_forged'; readonly size: number; readonly because: string }
  | { readonly code: 'checkpoint_missing'; readonly index: number }
  | { readonly code: 'log_rewritten'; readonly size: number; readonly whose: Whose; readonly heldUpTo: number }
  | { readonly code: 'tail_cut'; readonly size: number; readonly whose: Whose; readonly left: number }
  | { readonly code: 'lost_in_restore'; readonly size: number; readonly left: number; readonly epoch: number }
  | { readonly code: 'given_refused'; readonly because: string }

export type Finding = Damage & { readonly says: string }

/** More than a person reads; what comes after is counted. */
const mostFindings = 200

/** Collects damage up to a bound. */
export class Findings {
  readonly #found: Finding[] = []
  readonly #tiles = new Set<string>()
  #more = 0

  add(damage: Damage): void {
    if (damage.code === 'tile_changed' && this.#isRepeated(`${damage.level} ${damage.number}`)) return
    if (this.#found.length < mostFindings) this.#found.push({ ...damage, says: sentence(damage) })
    else this.#more += 1
  }

  /** A tile is named once, however many of its hashes differ. */
  #isRepeated(tile: string): boolean {
    if (this.#tiles.has(tile)) return true
    if (this.#tiles.size < mostFindings) this.#tiles.add(tile)
    return false
  }

  get all(): readonly Finding[] {
    return this.#found
  }

  /** How many there were beyond those that are named. */
  get more(): number {
    return this.#more
  }
}

// oxlint-disable-next-line typescript/consistent-return -- the switch is complete; the compiler says when it no longer is
function sentence(damage: Damage): string {
  switch (damage.code) {
    case 'event_changed':
      return `Event ${damage.number} of writer ${damage.writer}${at(damage.index)}${named(damage.what)} is not what was recorded.`
    case 'event_missing':
      return `Event ${damage.number} of writer ${damage.writer}${at(damage.index)} was removed.`
    case 'event_unknown':
      return `Event ${damage.number} of writer ${damage.writer} was put there by somebody else: the writer never counted it.`
    case 'gap_found':
      return `Events ${damage.first} to ${damage.last} of writer ${damage.writer} are gone and never came into the tree.`
    case 'counter_cut':
      return `The counter of writer ${damage.writer} stands at ${damage.counted}, but its events go up to ${damage.last}.`
    case 'order_broken':
      return `The order of the log is broken at index ${damage.index}: it does not say which one event stands there.`
    case 'tile_changed':
      return `Tile ${damage.number} of level ${damage.level} of the stored tree was changed or removed.`
    case 'checkpoint_forged':
      return `The stored checkpoint of ${damage.size} events is not the one that was signed: ${damage.because}.`
    case 'checkpoint_missing':
      return `No stored checkpoint covers the events from index ${damage.index} on, though they are old enough to have one.`
    case 'log_rewritten':
      return `The first ${damage.size} events are not those of ${whoseWords(damage.whose)} of that size. Up to ${damage.heldUpTo} events the log holds.`
    case 'tail_cut':
      return `${capital(whoseWords(damage.whose))} counts ${damage.size} events and the log has ${damage.left}: its end was cut off.`
    case 'lost_in_restore':
      return `The given checkpoint counts ${damage.size} events. The system was restored, as life ${damage.epoch}, from a backup that had ${damage.left} of them in its tree: those after are lost, and the log went on from there.`
    case 'given_refused':
      return `The given checkpoint cannot be used: it is ${damage.because}.`
  }
}

function at(index: number | undefined): string {
  return index === undefined ? '' : ` (index ${index})`
}

function named(what: string | undefined): string {
  return what === undefined ? '' : `, ${what},`
}

function whoseWords(whose: Whose): string {
  return whose === 'given' ? 'the given checkpoint' : 'the stored checkpoint'
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
