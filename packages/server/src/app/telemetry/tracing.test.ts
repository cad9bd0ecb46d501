import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { systemClock } from '#kernel'
import { openTracing } from './tracing.ts'

const trace = '0af7651916cd43dd8448eb211c80319c'
const parent = 'b7ad6b7169203331'
const parts = { part: 'server', version: '0.0.0', log: { warn: () => {} }, clock: systemClock } as const
/** Nothing is ended here, so nothing is sent. */
const nowhere = 'http://127.0.0.1:9/v1/traces'

// W3C Trace Context section 3.2: what is continued, and what begins a trace of our own.
const parents = [
  { says: 'a good parent', traceparent: `00-${trace}-${parent}-01`, continued: true },
  { says: 'a version of the future, with more behind', traceparent: `cc-${trace}-${parent}-01-what-the-future-says`, continued: true },
  { says: 'the version that is forbidden', traceparent: `ff-${trace}-${parent}-01`, continued: false },
  { says: 'a trace id of zeros', traceparent: `00-${'0'.repeat(32)}-${parent}-01`, continued: false },
  { says: 'a span id of zeros', traceparent: `00-${trace}-${'0'.repeat(16)}-01`, continued: false },
  { says: 'capital letters', traceparent: `00-${trace.toUpperCase()}-${parent}-01`, continued: false },
  { says: 'too few digits', traceparent: `00-${trace.slice(1)}-${parent}-01`, continued: false },
  { says: 'two of them', traceparent: `00-${trace}-${parent}-01,00-${trace}-${parent}-01`, continued: false },
  { says: 'a line of its own', traceparent: `00-${trace}-${parent}-01\n`, continued: false },
  { says: 'nothing', traceparent: '', continued: false },
  { says: 'no parent', traceparent: undefined, continued: false },
] as const

describe('the parent of a span', async () => {
  const tracing = await openTracing({ collector: nowhere, share: 1 }, parts)
  after(async () => tracing.close())
  for (const { says, traceparent, continued } of parents) {
    test(`${says} is ${continued ? 'continued' : 'not continued'}`, () => {
      const { context } = tracing.begin('x', 'server', { traceparent, tracestate: undefined })
      assert.match(context.traceparent ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
      assert.equal(context.traceparent?.slice(3, 35) === trace, continued)
      assert.notEqual(context.traceparent?.slice(36, 52), parent)
    })
  }

  test('whoever began a trace decides whether it is kept', () => {
    const { context } = tracing.begin('x', 'server', { traceparent: `00-${trace}-${parent}-00`, tracestate: undefined })
    assert.match(context.traceparent ?? '', new RegExp(`^00-${trace}-.*-00$`))
  })

  test('what others say of it goes on, as far as it can be read', () => {
    const of = (tracestate: string): string | undefined =>
      tracing.begin('x', 'server', { traceparent: `00-${trace}-${parent}-01`, tracestate }).context.tracestate
    assert.equal(of('vendor=kept,other=too'), 'vendor=kept,other=too')
    assert.doesNotMatch(of('good=1,bad\r\nset-cookie: x=1') ?? '', /\r|\n/)
    assert.ok((of(`a=${'x'.repeat(10_000)}`) ?? '').length <= 512)
  })
})

test('of traces that begin here the configured share is kept', async () => {
  const tracing = await openTracing({ collector: nowhere, share: 0 }, parts)
  for (let times = 0; times < 50; times += 1) assert.match(tracing.begin('x', 'server', undefined).context.traceparent ?? '', /-00$/)
  await tracing.close()
})
