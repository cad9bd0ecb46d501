/**
 * The admin API, version 1: every endpoint, the action that must be permitted
 * and what it is asked of. The order is the order of the API document.
 *
 * @module
 */

import type { Edge } from '#http'
import { Type } from 'typebox'
import { auditHandlers } from './audit.ts'
import { backupRoutes } from './backup-routes.ts'
import { clientHandlers } from './clients.ts'
import { clientRoutes } from './client-routes.ts'
import { consentRoutes } from './consent-routes.ts'
import { consentHandlers } from './consents.ts'
import { endpoint } from './endpoint.ts'
import { gatewayRouteHandlers } from './gateway-route-handlers.ts'
import { gatewayRoutes } from './gateway-routes.ts'
import { grantChecks } from './grant-checks.ts'
import { groupRoutes } from './group-routes.ts'
import { groupHandlers } from './groups.ts'
import { impactRoutes } from './impact-routes.ts'
import { keyHandlers } from './keys.ts'
import { policyHandlers } from './policies.ts'
import { policyRoutes } from './policy-routes.ts'
import type { AdminPorts } from './ports.ts'
import { roleRoutes } from './role-routes.ts'
import { roleHandlers } from './known-roles.ts'
import { sessionHandlers } from './sessions.ts'
import { settingHandlers } from './settings.ts'
import * as shape from './shapes.ts'
import { userRoutes } from './user-routes.ts'
import { tokenRoutes } from './token-routes.ts'
import { tokenHandlers } from './tokens.ts'
import { userHandlers } from './users.ts'

/** The admin API over what it needs. */
export function createAdmin(ports: AdminPorts): Edge {
  const checks = grantChecks(ports.holdings)
  const clients = clientHandlers(ports.clients, checks)
  const sessions = sessionHandlers(ports.sessions)
  const audit = auditHandlers(ports.audit)
  const policies = policyHandlers(ports.policies)
  const keys = keyHandlers(ports.keys)
  const settings = settingHandlers(ports.settings)
  const aUser = { resource: { type: 'User', param: 'user' } }
  const aSession = { resource: { type: 'Session', param: 'session' } }
  const user = shape.idParams('user')
  const session = shape.idParams('session')

  return {
    name: 'admin',
    refusals: {
      'admin.not_found': { status: 404 },
      'admin.grant_exceeds': { status: 403 },
      'admin.configured': { status: 409 },
      'admin.gateway_client': { status: 409 },
    },
    routes: [
      ...userRoutes(userHandlers(ports.users, checks)),
      ...groupRoutes(groupHandlers(ports.groups, checks)),
      ...roleRoutes(roleHandlers(ports.roles)),
      ...clientRoutes(clients),
      ...gatewayRoutes(gatewayRouteHandlers(ports.routes)),
      ...impactRoutes(ports.impacts),
      endpoint(
        'GET',
        '/sessions',
        'sessions:list',
        'Lists live sessions, of one user where one is given.',
        {
          query: shape.pageQuery({ user: Type.String({ pattern: '^usr_[0-9A-Za-z]{22}$' }) }),
          answers: { 200: shape.pageOf(shape.session) },
        },
        sessions.list,
      ),
      endpoint(
        'GET',
        '/sessions/:session',
        'sessions:read',
        'Reads a live session.',
        { params: session, answers: { 200: shape.session } },
        sessions.read,
        aSession,
      ),
      endpoint(
        'DELETE',
        '/sessions/:session',
        'sessions:end',
        'Ends a session. Answers when nothing accepts it any more.',
        { params: session, answers: { 204: 'empty' } },
        sessions.end,
        aSession,
      ),
      endpoint(
        'DELETE',
        '/users/:user/sessions',
        'sessions:end',
        'Ends every session of a user. Answers when nothing accepts any of them any more.',
        { params: user, answers: { 200: shape.howManyEnded } },
        sessions.endAll,
        aUser,
      ),
      ...tokenRoutes(tokenHandlers(ports.tokens)),
      ...consentRoutes(consentHandlers(ports.consents)),
      endpoint(
        'GET',
        '/audit/events',
        'audit:read',
        'Lists audit events, newest first. A page looks at 10,000 events at most, so it may hold fewer than asked for; the last one has no `next`.',
        { query: shape.pageQuery(shape.eventFilter), answers: { 200: shape.pageOf(shape.event) } },
        audit.list,
      ),
      endpoint(
        'GET',
        '/audit/tail',
        'audit:read',
        'Reads the events after a place, oldest first. Looks at 10,000 events at most; `more` says whether there are others after the place that it answers.',
        {
          query: shape.tailQuery,
          answers: { 200: shape.eventsAfter },
        },
        audit.tail,
      ),
      endpoint(
        'GET',
        '/audit/checkpoint',
        'audit:read',
        'Reads the latest signed checkpoint of the log.',
        { answers: { 200: shape.checkpoint } },
        audit.checkpoint,
      ),
      endpoint(
        'GET',
        '/audit/export',
        'audit:export',
        'Gives out the log from an event on, or what covers a time, oldest first, a line each, exactly as it was hashed; the last line is the signed checkpoint. Times take whole stretches between checkpoints that were kept, so others come with what they ask for. What is cut off has no last line. Names and addresses stay sealed.',
        { query: shape.exportQuery, answers: { 200: 'lines' } },
        audit.exportLog,
      ),
      endpoint(
        'POST',
        '/audit/verify',
        'audit:verify',
        'Verifies the log, against an earlier checkpoint where one is given.',
        { body: shape.verifyRequest, answers: { 200: shape.verification } },
        audit.verify,
      ),
      endpoint(
        'POST',
        '/policies/check',
        'policies:check',
        'Checks policy files without activating them.',
        { body: shape.policyCheck, answers: { 200: shape.policyMistakes } },
        policies.check,
      ),
      endpoint(
        'POST',
        '/policies/reload',
        'policies:reload',
        'Reads the policy folders again and activates what is right.',
        { answers: { 200: shape.reloaded } },
        policies.reload,
      ),
      ...policyRoutes(policies),
      endpoint(
        'GET',
        '/keys',
        'keys:list',
        'Lists the signing keys: what for, since when, and until when they verify.',
        { answers: { 200: shape.keys } },
        keys.list,
      ),
      endpoint(
        'POST',
        '/keys/:purpose/rotate',
        'keys:rotate',
        'Lets the next key of a purpose sign from now on. It was published before; the one that signed still verifies what it signed.',
        { params: shape.keyParams, answers: { 200: shape.keys } },
        keys.rotate,
      ),
      endpoint(
        'GET',
        '/settings',
        'settings:read',
        'Lists what this server was configured with, by prefix of the path where one is given. Addresses are shown without credentials; what is absent has its default.',
        { query: shape.pageQuery({ prefix: shape.text(128) }), answers: { 200: shape.pageOf(shape.setting) } },
        settings.list,
      ),
      endpoint(
        'POST',
        '/mirrors',
        'settings:read',
        'Makes an address under which the server shows, for a minute, how requests reach it.',
        { answers: { 201: shape.mirror } },
        async (op) => ({ status: 201, body: { json: { path: await ports.mirrors.create(op) } } }),
      ),
      ...backupRoutes(ports.backups),
    ],
  }
}
