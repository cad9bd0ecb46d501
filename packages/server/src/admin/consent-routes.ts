import type { Route } from '#http'
import type { ConsentHandlers } from './consents.ts'
import { endpoint } from './endpoint.ts'
import { consent, grantFilter } from './grant-shapes.ts'
import * as shape from './shapes.ts'

/** Consents: what is remembered that people allowed clients. */
export function consentRoutes(consents: ConsentHandlers): readonly Route[] {
  const aConsent = { resource: { type: 'Consent', param: 'consent' } }
  const one = shape.idParams('consent')
  return [
    endpoint(
      'GET',
      '/consents',
      'consents:list',
      'Lists what people allowed clients, newest first, of one user or client where one is given. Clients of the house itself ask nobody and are not here.',
      { query: shape.pageQuery(grantFilter), answers: { 200: shape.pageOf(consent) } },
      consents.list,
    ),
    endpoint(
      'GET',
      '/consents/:consent',
      'consents:read',
      'Reads a consent.',
      { params: one, answers: { 200: consent } },
      consents.read,
      aConsent,
    ),
    endpoint(
      'DELETE',
      '/consents/:consent',
      'consents:withdraw',
      'Takes a consent back, and ends what the client was given for the person. Answers when nothing accepts it any more; the person is asked again.',
      { params: one, answers: { 204: 'empty' } },
      consents.withdraw,
      aConsent,
    ),
  ]
}
