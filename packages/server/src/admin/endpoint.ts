import type { Route, RouteSchema } from '#http'
import type { Handle } from './answer.ts'

/** An endpoint of the admin API: for somebody who is known, decided by an action. */
export function endpoint(
  method: Route['method'],
  path: `/${string}`,
  action: string,
  summary: string,
  schema: RouteSchema,
  handle: Handle,
  about: Pick<Route, 'resource' | 'version'> = {},
): Route {
  return {
    method,
    path: `/admin/v1${path}`,
    caller: 'principal',
    action,
    ...about,
    limit: 'admin',
    schema,
    answers: 'problem',
    summary,
    handle,
  }
}
