/**
 * How hard each kind of endpoint may be hit. Numbers only; `test/golden/limits.txt`
 * shows them to reviewers, and configuration may override them (`limits`).
 *
 * Two aims that want opposite numbers are kept apart. Guessing is made slow by
 * the guess buckets, which only failed authentication spends, so they can be
 * tight. The buckets here are spent by everybody, offices behind one address and
 * load generators included, so they only stop one caller from taking what was
 * meant for all.
 *
 * @module
 */

/** The words that routes use (`http` has the same list; a test holds them equal). */
export type LimitClass = 'health' | 'metadata' | 'page' | 'signed-error' | 'sign-in' | 'token' | 'pushed' | 'api' | 'admin' | 'proxied'

/** A token bucket: it holds `burst` and refills by `perSecond`. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

export interface ClassRates {
  /** For each address (IPv4) or /64 (IPv6, what one customer gets). */
  readonly address: Rate
  /** For each user or client, once known. */
  readonly principal: Rate
}

export const classRates: Readonly<Record<LimitClass, ClassRates>> = {
  // Probes come every second from a few places, and in a loop from scripts that wait for a start.
  health: { address: { burst: 1_000, perSecond: 200 }, principal: { burst: 1_000, perSecond: 200 } },
  // Static answers that every verifier fetches when it starts: cheap, and needed just when many start at once.
  metadata: { address: { burst: 2_000, perSecond: 500 }, principal: { burst: 2_000, perSecond: 500 } },
  // A sign-in is about six of these. 500/s is an office of a thousand people arriving within a quarter of a minute.
  page: { address: { burst: 2_000, perSecond: 500 }, principal: { burst: 500, perSecond: 50 } },
  // Refusals of the authorization endpoint that the client wants signed (JARM). Strangers make them come, and RSA takes 4 ms each:
  // an address that asks for nothing else keeps a core busy for a twenty-fifth. Spent beside `page`; the second rate is not.
  'signed-error': { address: { burst: 200, perSecond: 10 }, principal: { burst: 200, perSecond: 10 } },
  // Posts of passwords, good ones too. The password pool sheds what the machine cannot hash; wrong ones meet the guess buckets first.
  'sign-in': { address: { burst: 300, perSecond: 30 }, principal: { burst: 60, perSecond: 5 } },
  // Above what one core can issue (about 10,000/s): services behind one address, and clients of their own, may use the whole machine.
  // What fails here meets the guess buckets; secrets of clients have 128 bits and more, so these are about noise.
  token: { address: { burst: 40_000, perSecond: 20_000 }, principal: { burst: 40_000, perSecond: 20_000 } },
  // Pushed requests of clients that prove nothing: the one row that a stranger can write, up to some 10 KB for a minute. One network
  // has at most 1,500 of them waiting, and all that come in the name of one client 14,000; each is the beginning of a sign-in.
  pushed: { address: { burst: 300, perSecond: 20 }, principal: { burst: 2_000, perSecond: 200 } },
  // Userinfo and the like, by many users behind one address.
  api: { address: { burst: 4_000, perSecond: 1_000 }, principal: { burst: 400, perSecond: 100 } },
  // People and scripts that administer. A listing of everything is about ten pages a second.
  admin: { address: { burst: 1_000, perSecond: 200 }, principal: { burst: 1_000, perSecond: 200 } },
  // Apps behind the gateway: a page of theirs is easily a hundred requests.
  proxied: { address: { burst: 10_000, perSecond: 4_000 }, principal: { burst: 5_000, perSecond: 2_000 } },
}

export interface GuessRates {
  /** One account from one network. */
  readonly accountFromNetwork: Rate
  /** One account from a browser that signed in to it before. */
  readonly accountFromKnownBrowser: Rate
  /** One account from everywhere. */
  readonly account: Rate
  /** Any account from one network. */
  readonly network: Rate
}

/**
 * NIST SP 800-63B section 5.2.2 allows 100 failed attempts in a row on one
 * account; OWASP asks for delays that grow long before that.
 *
 * Over a day one network gets at most 10 + 288 guesses at an account, all
 * networks together 50 + 1,440. Filling the account's own bucket from many
 * places keeps its owner out of *new* browsers until it drains; the browsers
 * that they have used before do not look at that bucket, so nobody can be locked
 * out of those. We accept the former: the other choice is unbounded guessing.
 */
export const guessRates: GuessRates = {
  accountFromNetwork: { burst: 10, perSecond: 1 / 300 },
  accountFromKnownBrowser: { burst: 10, perSecond: 1 / 60 },
  account: { burst: 50, perSecond: 1 / 60 },
  // A thousand people behind one address mistype about as often as this refills on a Monday morning.
  network: { burst: 100, perSecond: 1 / 2 },
}

/** What configuration may say about limits. */
export interface LimitSettings {
  readonly classes?: Readonly<Partial<Record<LimitClass, Partial<ClassRates>>>>
  readonly guesses?: Partial<GuessRates>
}
