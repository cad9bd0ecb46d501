/**
 * Policies through the admin API. The version of a store is the digest of its
 * active set: what was read is what is replaced, or nothing is.
 *
 * @module
 */

import { versionTag, type Answer, type RouteInput } from '#http'
import type { Operation } from '#kernel'
import type { AdminActivated, AdminPolicies, AdminPolicyStore, PolicyFile } from './ports/policies.ts'
import { refuse } from './refusals.ts'

type Handle = (op: Operation, input: RouteInput) => Promise<Answer>

export interface PolicyHandlers {
  readonly check: Handle
  readonly reload: Handle
  readonly list: Handle
  readonly read: Handle
  readonly versions: Handle
  readonly readVersion: Handle
  readonly activate: Handle
  readonly rollBack: Handle
  readonly release: Handle
}

export function policyHandlers(policies: AdminPolicies): PolicyHandlers {
  const requireStore = async (op: Operation, name: string): Promise<AdminPolicyStore> => {
    const found = (await policies.list(op)).find(({ store }) => store === name)
    if (found === undefined) throw refuse('admin.not_found', 'no such policy store')
    return found
  }

  const show = async (op: Operation, name: string): Promise<Answer> => {
    const state = await requireStore(op, name)
    const files = await policies.files(op, name, state.digest)
    if (files === undefined) throw refuse('admin.not_found', 'another set became active meanwhile and this one is gone')
    return { status: 200, headers: { etag: versionTag(state.digest) }, body: { json: { ...state, files } } }
  }

  const answer = async (op: Operation, name: string, activated: AdminActivated): Promise<Answer> =>
    activated.is === 'activated' ? show(op, name) : { status: 422, body: { json: mistaken(activated.mistakes) } }

  return {
    check: async (op, input) => {
      const { store, files } = input.body as { readonly store: string; readonly files: readonly PolicyFile[] }
      return { status: 200, body: { json: { mistakes: await policies.check(op, store, files) } } }
    },
    reload: async (op) => ({ status: 200, body: { json: await policies.reload(op) } }),
    list: async (op) => ({ status: 200, body: { json: { items: await policies.list(op) } } }),
    read: async (op, input) => show(op, storeOf(input)),
    versions: async (op, input) => {
      const items = await policies.versions(op, storeOf(input))
      if (items === undefined) throw refuse('admin.not_found', 'no such policy store')
      return { status: 200, body: { json: { items } } }
    },
    readVersion: async (op, input) => {
      const { store = '', digest = '' } = input.params
      const version = (await policies.versions(op, store))?.find((one) => one.digest === digest)
      const files = version && (await policies.files(op, store, digest))
      if (files === undefined) throw refuse('admin.not_found', 'no such version')
      return { status: 200, body: { json: { ...version, files } } }
    },
    activate: async (op, input) => {
      const { files } = input.body as { readonly files: readonly PolicyFile[] }
      return answer(op, storeOf(input), await policies.activate(op, storeOf(input), files, input.version ?? ''))
    },
    rollBack: async (op, input) => {
      const { digest } = input.body as { readonly digest: string }
      return answer(op, storeOf(input), await policies.rollBack(op, storeOf(input), digest, input.version ?? ''))
    },
    release: async (op, input) => answer(op, storeOf(input), await policies.release(op, storeOf(input), input.version ?? '')),
  }
}

function storeOf(input: RouteInput): string {
  return input.params['store'] ?? ''
}

/** Where the mistakes are is the answer; nothing was changed. */
function mistaken(mistakes: readonly object[]): object {
  return { code: 'policies.mistaken', detail: 'The policies have mistakes. Nothing was changed.', mistakes }
}
