import type { Route } from '#http'
import { endpoint } from './endpoint.ts'
import type { PolicyHandlers } from './policies.ts'
import * as shape from './policy-shapes.ts'

/** What decides, what decided, and how that is changed. */
export function policyRoutes(policies: PolicyHandlers): readonly Route[] {
  const store = shape.storeParams
  const changing = { 200: shape.policyStore, 422: shape.mistakenPolicies }
  return [
    endpoint(
      'GET',
      '/policies',
      'policies:read',
      'Lists the policy stores and who keeps each.',
      { answers: { 200: shape.policyStores } },
      policies.list,
    ),
    endpoint(
      'GET',
      '/policies/:store',
      'policies:read',
      'Reads the policies that decide. The ETag is what a change asks for.',
      { params: store, answers: { 200: shape.policyStore } },
      policies.read,
    ),
    endpoint(
      'PUT',
      '/policies/:store',
      'policies:activate',
      'Activates policies when they have no mistake. From then on the store is kept here, and its folder is not read.',
      { params: store, body: shape.newPolicies, answers: changing },
      policies.activate,
      { version: 'required' },
    ),
    endpoint(
      'GET',
      '/policies/:store/versions',
      'policies:read',
      'Lists the versions that decided, newest first.',
      { params: store, answers: { 200: shape.policyVersions } },
      policies.versions,
    ),
    endpoint(
      'GET',
      '/policies/:store/versions/:digest',
      'policies:read',
      'Reads one version.',
      { params: shape.versionParams, answers: { 200: shape.policyVersion } },
      policies.readVersion,
    ),
    endpoint(
      'POST',
      '/policies/:store/roll-back',
      'policies:activate',
      'Activates a version that decided before.',
      { params: store, body: shape.rollBack, answers: changing },
      policies.rollBack,
      { version: 'required' },
    ),
    endpoint(
      'POST',
      '/policies/:store/release',
      'policies:activate',
      'Gives a store back to its folder, and activates what is in there.',
      { params: store, answers: changing },
      policies.release,
      { version: 'required' },
    ),
  ]
}
