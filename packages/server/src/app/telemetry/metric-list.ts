/**
 * Every metric there is, as data: the processes make them from these lists, and
 * the golden file, the dashboard and the alert rules are held against them.
 *
 * INVARIANT (bounded labels): each label's values come from a list of ours or
 * from the configuration: templates of routes, status classes, names of limits,
 * of policy stores, of apps. Nothing that a request holds is ever a label, so no
 * stranger can make series.
 *
 * @module
 */

export interface Metric {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly says: string
  readonly labels: readonly string[]
  readonly buckets?: keyof typeof buckets
}

export const buckets = {
  /** From a token in a millisecond to a password at full queue. */
  seconds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  /** A batch of the writer holds 64 at most. */
  batches: [1, 2, 4, 8, 16, 32, 64],
} as const

/** What every process of ours tells. */
export const processMetrics = {
  process_cpu_seconds_total: { kind: 'counter', says: 'CPU time of this process.', labels: [] },
  process_start_time_seconds: { kind: 'gauge', says: 'When this process began, since the epoch.', labels: [] },
  process_resident_memory_bytes: { kind: 'gauge', says: 'Memory of this process.', labels: [] },
  process_open_fds: { kind: 'gauge', says: 'Open file descriptors (Linux).', labels: [] },
  nodejs_eventloop_lag_p99_seconds: { kind: 'gauge', says: 'How late timers were since the last scrape, 99th percentile.', labels: [] },
  countersign_build_info: { kind: 'gauge', says: 'Always 1; the label says which version runs.', labels: ['version'] },
  countersign_open_connections: { kind: 'gauge', says: 'Connections to the public listener that are open.', labels: [] },
  countersign_unreadable_requests_total: {
    kind: 'counter',
    says: 'What arrived and never became a request: malformed, too long, too slow.',
    labels: ['code'],
  },
  countersign_decisions_total: { kind: 'counter', says: 'Policy decisions, by policy store and effect.', labels: ['store', 'effect'] },
  countersign_policies_doubted: {
    kind: 'gauge',
    says: 'Policy stores by which two engines answered differently: both must allow until another set is activated.',
    labels: [],
  },
  countersign_limit_refusals_total: {
    kind: 'counter',
    says: 'Requests and guesses that a rate limit refused, by limit.',
    labels: ['limit'],
  },
  countersign_limits_shared: {
    kind: 'gauge',
    says: '1 while rate limits are counted in Redis, 0 while it is configured and gone; absent where memory is what was configured.',
    labels: [],
  },
  countersign_limits_alone_total: {
    kind: 'counter',
    says: 'Rate limits that were counted in this process alone, because Redis did not answer.',
    labels: [],
  },
} as const

/** Of the server's process. */
export const serverMetrics = {
  countersign_ready: { kind: 'gauge', says: '1 while /readyz says yes.', labels: [] },
  countersign_http_request_duration_seconds: {
    kind: 'histogram',
    says: 'Requests by method and template of the route and class of the status; `gone` where the caller went away.',
    labels: ['method', 'route', 'status'],
    buckets: 'seconds',
  },
  countersign_http_requests_under_way: { kind: 'gauge', says: 'Requests that are being answered.', labels: [] },
  countersign_sign_ins_total: {
    kind: 'counter',
    says: 'Sign-ins by outcome: succeeded, wrong, limited (too many guesses), shed (the password pool was full or out).',
    labels: ['outcome'],
  },
  countersign_password_hashes_running: { kind: 'gauge', says: 'Password hashes that are being computed.', labels: [] },
  countersign_password_hashes_waiting: { kind: 'gauge', says: 'Password hashes that wait for their turn.', labels: [] },
  countersign_password_hashes_rejected_total: { kind: 'counter', says: 'Password hashes that found no place to wait.', labels: [] },
  countersign_store_healthy: { kind: 'gauge', says: '0 after a failed COMMIT or a lost database, until a write goes through.', labels: [] },
  countersign_store_writes_per_commit: {
    kind: 'histogram',
    says: 'Writes that shared one COMMIT and its fsync (SQLite).',
    labels: [],
    buckets: 'batches',
  },
  countersign_audit_lag_events: { kind: 'gauge', says: 'Events that no signed checkpoint counts yet.', labels: [] },
  countersign_audit_lag_seconds: { kind: 'gauge', says: 'Time since everything committed was in a signed checkpoint.', labels: [] },
  countersign_audit_reads_waiting: {
    kind: 'gauge',
    says: 'Events of allowed reads that are not on disk yet, of at most 4096.',
    labels: [],
  },
  countersign_audit_broken: { kind: 'gauge', says: '1 while the audit log cannot be continued.', labels: [] },
  countersign_revocations_age_seconds: {
    kind: 'gauge',
    says: 'Age of what is known of revocations. Above 1 nobody is believed from memory; +Inf when nothing is known.',
    labels: [],
  },
  countersign_gateways_connected: { kind: 'gauge', says: 'Gateways on the channel of this server.', labels: [] },
} as const

/** Of the gateway's process. */
export const gatewayMetrics = {
  countersign_gateway_request_duration_seconds: {
    kind: 'histogram',
    says: 'Requests to apps by app and class of the status, from the first byte to the last; `elsewhere` is a host of nobody.',
    labels: ['app', 'status'],
    buckets: 'seconds',
  },
  countersign_gateway_websockets_total: {
    kind: 'counter',
    says: 'WebSockets that have ended, by app and class of the status.',
    labels: ['app', 'status'],
  },
  countersign_gateway_requests_under_way: { kind: 'gauge', says: 'Requests to apps that are being answered.', labels: [] },
  countersign_gateway_websockets_open: { kind: 'gauge', says: 'WebSockets that are open.', labels: [] },
  countersign_gateway_app_failures_total: { kind: 'counter', says: 'Apps that did not answer, by app and code.', labels: ['app', 'code'] },
  countersign_gateway_channel_fresh: {
    kind: 'gauge',
    says: '0 while the server was not heard for a second: then nothing is let through.',
    labels: [],
  },
} as const

/** Something of `2xx` to `5xx`, or `gone`. */
export function statusClass(status: number | 'gone'): string {
  return status === 'gone' || status < 100 || status > 599 ? 'gone' : `${Math.floor(status / 100)}xx`
}
