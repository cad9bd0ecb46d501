import { Type } from 'typebox'
import type { Route } from '#http'
import type { ClientHandlers } from './clients.ts'
import { endpoint } from './endpoint.ts'
import { roleChangeRoutes } from './role-changes.ts'
import { clientSecret, clientSecrets, clientShapes } from './client-shapes.ts'
import * as shape from './shapes.ts'

/** Clients: what they are registered for, their secrets and their roles. */
export function clientRoutes(clients: ClientHandlers): readonly Route[] {
  const aClient = { resource: { type: 'Client', param: 'client' } }
  const client = shape.idParams('client')
  const registered = clientShapes(clients.metadata)
  return [
    endpoint(
      'GET',
      '/clients',
      'clients:list',
      'Lists clients.',
      { query: shape.pageQuery(), answers: { 200: shape.pageOf(registered.client) } },
      clients.list,
    ),
    endpoint(
      'POST',
      '/clients',
      'clients:create',
      'Registers a client. The secret is shown this once.',
      { body: registered.newClient, answers: { 201: registered.clientMade } },
      clients.create,
    ),
    endpoint(
      'GET',
      '/clients/:client',
      'clients:read',
      'Reads a client.',
      { params: client, answers: { 200: registered.client } },
      clients.read,
      aClient,
    ),
    ...roleChangeRoutes(clients, {
      plural: 'clients',
      param: 'client',
      shape: registered.client,
      about: aClient,
      gives: 'Gives a client a role, for what it does as itself.',
      takes: 'Takes a role from a client.',
    }),
    endpoint(
      'DELETE',
      '/clients/:client',
      'clients:delete',
      'Deletes a client. Its tokens die with it.',
      { params: client, answers: { 204: 'empty' } },
      clients.remove,
      { ...aClient, version: 'accepted' },
    ),
    endpoint(
      'PATCH',
      '/clients/:client',
      'clients:update',
      'Changes what a client is registered for. What it takes away ends the client’s tokens.',
      { params: client, body: registered.clientChange, answers: { 200: registered.client } },
      clients.update,
      { ...aClient, version: 'required' },
    ),
    endpoint(
      'GET',
      '/clients/:client/secrets',
      'clients:read',
      'Lists the secrets of a client by number and age, without what they are.',
      { params: client, answers: { 200: clientSecrets } },
      clients.listSecrets,
      aClient,
    ),
    endpoint(
      'POST',
      '/clients/:client/secrets',
      'clients:update',
      'Makes a second secret beside the first. It is shown this once.',
      { params: client, answers: { 201: clientSecret } },
      clients.addSecret,
      aClient,
    ),
    endpoint(
      'DELETE',
      '/clients/:client/secrets/:number',
      'clients:update',
      'Removes a secret, and ends the tokens of the client.',
      { params: shape.idParams('client', { number: Type.String({ pattern: '^[1-9][0-9]{0,8}$' }) }), answers: { 204: 'empty' } },
      clients.removeSecret,
      aClient,
    ),
  ]
}
