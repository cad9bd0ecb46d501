/** What the server's end of the gateway's channel asks of the house. @module */

import type { EventActor, ServerPorts, SessionView } from '#gateway'
import { actingAs, Secret, type Operation } from '#kernel'
import { sendSet } from '#policy'
import type { House } from './compose.ts'
import { hostOf } from './open-routing.ts'

export function serverPorts(house: House): ServerPorts {
  const { identity, sessions, oauth, audit, rulebook, routing, followed, ground, tokens, operation } = house
  return {
    tenant: ground.tenant,
    exchange: async ({ clientId, code, verifier, redirectUri, requestId }) => {
      const { session, user, nonce } = await oauth.redeem(withId(operation('gateway'), requestId), {
        clientId,
        code,
        verifier,
        redirectUri,
      })
      return { session, user, nonce: nonce ?? '' }
    },
    session: async (id, purpose): Promise<SessionView | undefined> => {
      const op = operation('gateway')
      const session = await (purpose === 'use' ? sessions.use(op, id) : sessions.get(op, id))
      if (session === undefined) return undefined
      const user = await identity.findUser(op, session.user)
      if (user?.state !== 'active') return undefined
      const { acr, amr, authTimeMs, endsAtMs } = session
      const { username, name, roles } = user
      // A gateway forgets whom a change of a group concerns by these.
      const groups = await identity.groupsOf(op, user.id)
      return { id, user: user.id, acr, amr, authTimeMs, endsAtMs, roles, groups, username, name }
    },
    endSession: async (requestId, id) => void (await sessions.end(withId(operation('gateway'), requestId), id, 'signed_out')),
    record: async (batch) => {
      await Promise.all(
        batch.map(async ({ requestId, atMs, actor, event }) => {
          const op = { ...withId(operation('gateway'), requestId), nowMs: atMs }
          await ground.store.record(actor === undefined ? op : asPerson(op, actor), event)
        }),
      )
    },
    countStrangers: (counts) => {
      for (const { code, about, address, count } of counts) {
        for (let times = 0; times < Math.min(count, mostCounts); times += 1)
          audit.countStranger(operation('gateway'), { code, address, route: about })
      }
    },
    policies: () => rulebook.deciding.filter(({ store }) => store !== 'countersign').map(sendSet),
    hosts: () => routing.served.map(hostOf),
    secrets: async () => {
      const op = operation('gateway')
      const assertionKey = await ground.gateway.exportAssertionKey(op)
      const sessionKeys = await ground.gateway.exportSessionKeys(op)
      return new Secret({ assertionKey: assertionKey.reveal(), sessionKeys: sessionKeys.reveal() })
    },
    revocations: {
      subscribe: (listener) =>
        tokens.revocations.subscribe({ deliver: async ({ entries, reset }) => listener.deliver({ entries, reset }) }),
      // Policies and routes are followed by the same news: a gateway whose server could not follow decides nothing either.
      ageMs: () => {
        if (rulebook.isLost() || routing.isLost()) return undefined
        const ages = followed.map((one) => one.ageMs() ?? Infinity)
        return Math.max(...ages)
      },
    },
  }
}

/** A gateway counts for a second at most; what is beyond this says nothing more. */
const mostCounts = 1_000

/** The request keeps its id on both sides of the channel. */
function withId(op: Operation, id: Operation['id']): Operation {
  return { ...op, id, record: (event) => op.record(event) }
}

function asPerson(op: Operation, { user, session, client, acr, amr, authTimeMs }: EventActor): Operation {
  return actingAs(op, {
    is: 'user',
    id: user,
    session,
    ...(client === undefined ? {} : { client }),
    proof: { acr, amr, authTimeMs },
    credential: { kind: 'session' },
  })
}
