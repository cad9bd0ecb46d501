/**
 * A server in memory for flow tests: the real spine, readers and renderers, with
 * ports that a test can look into and replace.
 *
 * @module
 */

import type { InjectOptions, Response as InjectedResponse } from 'light-my-request'
import { createServer, type Edge, type LimitDecision, type Server, type ServerOptions, type SpinePorts, type TroubleReport } from '#http'
import { newId, systemClock, type AuditEvent, type Operation, type TenantId } from '#kernel'

export interface Served {
  readonly inject: (options: InjectOptions) => Promise<InjectedResponse>
  readonly server: Server
  /** What the spine recorded: refusals to known callers, permits, and `op.record`. Nothing that modules record in their writes. */
  readonly recorded: { readonly op: Operation; readonly event: AuditEvent }[]
  /** Refusals to strangers, by code. */
  readonly counted: string[]
  /** Defects and outages that the server reported. */
  readonly troubles: TroubleReport[]
}

const plenty: LimitDecision = {
  allowed: true,
  name: 'test',
  burst: 1000,
  windowSeconds: 1,
  remaining: 999,
  resetSeconds: 1,
  retryAfterSeconds: 0,
}

/**
 * Serves edges at `http://localhost:9000`. Nobody is signed in and every action
 * is allowed, until the given ports say otherwise.
 */
export async function serve(
  edges: readonly Edge[],
  ports: Partial<SpinePorts> = {},
  options: Partial<Omit<ServerOptions, 'edges' | 'ports'>> = {},
): Promise<Served> {
  const recorded: { op: Operation; event: AuditEvent }[] = []
  const counted: string[] = []
  const troubles: TroubleReport[] = []
  const keep = (op: Operation, event: AuditEvent): void => void recorded.push({ op, event })
  const server = createServer({
    edges,
    ports: {
      limitByAddress: () => plenty,
      identify: () => Promise.resolve(undefined),
      limitByPrincipal: () => plenty,
      decide: (_op, _principal, action) =>
        Promise.resolve({ effect: 'allow', record: { store: 'countersign', digest: 'test', effect: 'allow', policies: ['test'], action } }),
      record: keep,
      recordRefusal: (op, event) => Promise.resolve(keep(op, event)),
      recordAllowed: keep,
      countStranger: (_op, { code }) => void counted.push(code),
      ...ports,
    },
    tenant: testTenant,
    clock: systemClock,
    origins: ['http://localhost:9000'],
    log: { defect: (report) => void troubles.push(report), outage: (report) => void troubles.push(report) },
    ...options,
  })
  return { inject: (request) => server.inject(request), server, recorded, counted, troubles }
}

export const testTenant: TenantId = newId('ten')
