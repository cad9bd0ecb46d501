import type { Answer, Route, RouteInput, RouteSchema } from '#http'
import type { Operation } from '#kernel'

type Handle = (op: Operation, input: RouteInput) => Promise<Answer>

/** An endpoint of the admin API: for somebody who is known, decided by an action. */
export function endpoint(
  method: Route['method'],
  path: `/${string}`,
  action: string,
  summary: string,
  schema: RouteSchema,
  handle: Handle,
  resource?: Route['resource'],
): Route {
  return {
    method,
    path: `/admin/v1${path}`,
    caller: 'principal',
    action,
    ...(resource === undefined ? {} : { resource }),
    limit: 'admin',
    schema,
    answers: 'problem',
    summary,
    handle,
  }
}
