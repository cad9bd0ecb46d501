/**
 * Traces in the format of OpenTelemetry, sent to a collector by OTLP over HTTP.
 * Its packages are imported only where tracing is configured: they cost half a
 * second of start and 30 MB.
 *
 * Contexts are passed, never ambient. What a stranger says of a trace is not
 * heard: it could have everything of theirs kept, or join a trace of others.
 *
 * @module
 */

import type { Attributes, Span, SpanContext } from '@opentelemetry/api'
import type { TraceHeaders } from '#http'
import type { Clock } from '#kernel'
import type { Log } from '../log.ts'
import type { TracingSettings } from '../settings.ts'

/** What a span is: our answer to a request, or a question of ours to somebody else. */
export type SpanKind = 'server' | 'client'

export interface TracedSpan {
  /** W3C Trace Context, for whoever is asked on behalf of this. */
  readonly context: TraceHeaders
  /** Ends it under the name that is known by now; `failed` marks an error of ours. */
  end(name: string, attributes: Attributes, failed: boolean): void
}

export interface Tracing {
  /** Without a parent, or with one that cannot be read, a new trace begins, and the configured share of those is kept. */
  begin(name: string, kind: SpanKind, parent: TraceHeaders | undefined): TracedSpan
  /** Sends what waits, for a moment. */
  close(): Promise<void>
}

/** Three exports' worth; what comes faster than a collector takes it is dropped. */
const mostWaiting = 2_048
const sendEveryMs = 2_000
const patienceMs = 3_000
/** An unreachable collector is told of so often. */
const complainEveryMs = 60_000

export interface TracingParts {
  readonly part: 'server' | 'gateway'
  readonly version: string
  readonly log: Pick<Log, 'warn'>
  readonly clock: Clock
}

export async function openTracing({ collector, share = 0.1 }: TracingSettings, parts: TracingParts): Promise<Tracing> {
  const [api, sdk, { resourceFromAttributes }, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/exporter-trace-otlp-http'),
  ])
  const exporter = new OTLPTraceExporter({ url: collector, timeoutMillis: patienceMs })
  let complainedAtMs = -Infinity
  const complain = (): void => {
    if (parts.clock.monotonicMs() - complainedAtMs < complainEveryMs) return
    complainedAtMs = parts.clock.monotonicMs()
    parts.log.warn('spans could not be sent to the collector and are dropped')
  }
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': `countersign-${parts.part}`, 'service.version': parts.version }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(share) }),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: {
          export: (spans, told) =>
            exporter.export(spans, (result) => {
              if (result.error !== undefined) complain()
              told(result)
            }),
          shutdown: async () => exporter.shutdown(),
        },
        maxQueueSize: mostWaiting,
        scheduledDelayMillis: sendEveryMs,
        exportTimeoutMillis: patienceMs,
      }),
    ],
  })
  const tracer = provider.getTracer('countersign', parts.version)
  const kinds = { server: api.SpanKind.SERVER, client: api.SpanKind.CLIENT }

  const contextOf = (parent: TraceHeaders | undefined) => {
    const read = parent === undefined ? undefined : readTraceparent(parent.traceparent)
    if (read === undefined || !api.isSpanContextValid(read)) return api.ROOT_CONTEXT
    const state = parent?.tracestate === undefined ? {} : { traceState: api.createTraceState(parent.tracestate) }
    return api.trace.setSpanContext(api.ROOT_CONTEXT, { ...read, ...state })
  }
  return {
    begin: (name, kind, parent) => {
      const span = tracer.startSpan(name, { kind: kinds[kind] }, contextOf(parent))
      return {
        context: headersOf(span),
        end: (known, attributes, failed) => {
          span.updateName(known).setAttributes(attributes)
          if (failed) span.setStatus({ code: api.SpanStatusCode.ERROR })
          span.end()
        },
      }
    },
    close: async () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, patienceMs)
      await Promise.race([provider.shutdown().catch(complain), promise])
      clearTimeout(timer)
    },
  }
}

/** W3C Trace Context section 3.2, version 00 and what later versions keep of it. */
const shape = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/

function readTraceparent(text: string | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags = ''] = shape.exec(text ?? '') ?? []
  if (traceId === undefined || spanId === undefined) return undefined
  return { traceId, spanId, traceFlags: parseInt(flags, 16) & 1, isRemote: true }
}

function headersOf(span: Span): TraceHeaders {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext()
  return {
    traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
    tracestate: traceState?.serialize(),
  }
}
