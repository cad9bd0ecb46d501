/**
 * The first administrator.
 *
 * `countersign init` makes a link whose token stands in the fragment, so that no
 * proxy and no log sees it; it is spent by POST, lives for an hour, and works
 * only while nobody holds the role `owner`.
 *
 * The link is claimed before the person is made and given back when that did not
 * work out, so a mistyped password does not lock the operator out. A claim that
 * nobody gives back (the process died) ends after a minute.
 *
 * @module
 */

import { base64url, randomBytes, readBase64url, refusals, sha256, Unavailable, type Operation, type Refuse, type UserId } from '#kernel'
import type { Store } from '#store'
import { claimLink, releaseLink, removeLinks, replaceLink } from './store.ts'

/** An hour: time to walk to another machine, not to forget the link in a chat. */
const linkMs = 3_600_000
/** Longer than any password takes to hash. */
const claimMs = 60_000

export const setupRefusals = {
  'setup.link_not_valid':
    'This link does not work: it has been used, has expired, or was replaced. On the server, countersign users create NAME --role owner makes an administrator too.',
  'setup.done': 'There is an administrator already. Sign in, or ask them.',
} as const

export type SetupRefusalCode = keyof typeof setupRefusals

const refuse: Refuse<SetupRefusalCode> = refusals(setupRefusals)

export interface FirstAdministrator {
  readonly username: string
  readonly password: string
  readonly name?: string | undefined
  readonly email?: string | undefined
}

export interface SetupPorts {
  readonly store: Store
  readonly hasOwner: (op: Operation) => Promise<boolean>
  readonly createOwner: (op: Operation, person: FirstAdministrator) => Promise<UserId>
}

export interface Setup {
  /** Makes the link's token and forgets every earlier one. Refuses with `setup.done`. */
  issueLink(op: Operation): Promise<string>
  /** Spends the token. Refuses with `setup.*` and with whatever is wrong about the person. */
  finish(op: Operation, token: string, person: FirstAdministrator): Promise<UserId>
}

export function createSetup({ store, hasOwner, createOwner }: SetupPorts): Setup {
  /** What kept the person from being made is told; that the claim could not be given back either is not: it ends by itself. */
  const giveBack = async (op: Operation, hash: Uint8Array): Promise<void> => {
    try {
      await store.write(op, async (tx) => releaseLink(tx, op.tenant, hash))
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
    }
  }
  return {
    issueLink: async (op) => {
      if (await hasOwner(op)) throw refuse('setup.done')
      const secret = randomBytes(32)
      await store.write(op, async (tx) => {
        await replaceLink(tx, op.tenant, sha256(secret), op.nowMs + linkMs)
        tx.record({ what: 'setup.link_issued', about: op.tenant, outcome: 'done' })
      })
      return `b1.${base64url(secret)}`
    },
    finish: async (op, token, person) => {
      const hash = requireToken(token)
      await store.write(op, async (tx) =>
        (await claimLink(tx, op.tenant, hash, op.nowMs, op.nowMs + claimMs)) ? undefined : refuse('setup.link_not_valid'),
      )
      try {
        if (await hasOwner(op)) throw refuse('setup.done')
        const user = await createOwner(op, person)
        await store.write(op, async (tx) => {
          await removeLinks(tx, op.tenant)
          tx.record({ what: 'setup.finished', about: user, outcome: 'done' })
        })
        return user
      } catch (error) {
        await giveBack(op, hash)
        throw error
      }
    },
  }
}

/** The hash of a token that could be one of ours. */
function requireToken(token: string): Uint8Array {
  const secret = token.startsWith('b1.') ? readBase64url(token.slice(3)) : undefined
  if (secret?.byteLength !== 32) throw refuse('setup.link_not_valid', 'malformed')
  return sha256(secret)
}
