/**
 * The operation of a request. It begins as nobody's and becomes somebody's; the
 * spine remembers who, because a refusal to a known caller is recorded and one
 * to a stranger is counted.
 *
 * @module
 */

import { actingAs, type Actor, type AuditEvent, type Operation, type Principal, type RequestId, type TenantId } from '#kernel'

/** What the operations of one request have in common. */
export interface RequestLife {
  record(op: Operation, event: AuditEvent): void
  /** Calls back when the caller goes away before the answer was sent. */
  onGone(listener: () => void): void
}

/** An {@link Operation} whose signal costs nothing until somebody asks for it. */
export class RequestOperation implements Operation {
  readonly id: RequestId
  readonly tenant: TenantId
  readonly nowMs: number
  readonly actor: Actor
  readonly #life: RequestLife
  readonly #known: { caller: Principal | undefined; controller: AbortController | undefined }

  constructor(id: RequestId, tenant: TenantId, nowMs: number, life: RequestLife, before?: RequestOperation, actor?: Principal) {
    this.id = id
    this.tenant = tenant
    this.nowMs = nowMs
    this.actor = actor ?? { is: 'nobody' }
    this.#life = life
    this.#known = before === undefined ? { caller: undefined, controller: undefined } : before.#known
  }

  get signal(): AbortSignal {
    const known = this.#known
    if (known.controller === undefined) {
      const controller = new AbortController()
      known.controller = controller
      this.#life.onGone(() => controller.abort())
    }
    return known.controller.signal
  }

  /** Who was found to be asking, by the spine or by a handler through {@link callerIs}. */
  get caller(): Principal | undefined {
    return this.#known.caller
  }

  record(event: AuditEvent): void {
    this.#life.record(this, event)
  }

  /**
   * The same request once it has been read. A body may come as slowly as the listener allows, and a code, a token or
   * a session that ran out meanwhile must not be good because the head came in time.
   */
  beginningAt(nowMs: number): RequestOperation {
    return nowMs === this.nowMs ? this : new RequestOperation(this.id, this.tenant, nowMs, this.#life, this)
  }

  as(principal: Principal): RequestOperation {
    this.#known.caller = principal
    return new RequestOperation(this.id, this.tenant, this.nowMs, this.#life, this, principal)
  }
}

/**
 * For a handler that finds out by itself who is calling (the token endpoint
 * authenticates its client): the same operation, acting as the principal. From
 * here on the request has a known caller, so a refusal is recorded and not only counted.
 */
export function callerIs(op: Operation, principal: Principal): Operation {
  return op instanceof RequestOperation ? op.as(principal) : actingAs(op, principal)
}
