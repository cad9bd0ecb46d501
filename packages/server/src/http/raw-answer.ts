/**
 * Answers to what never became a request: a head that Node's parser refused, one
 * that was too long or too slow. They have the headers of every other answer.
 *
 * @module
 */

import { STATUS_CODES } from 'node:http'
import { httpRefusalAnswers, httpRefusals, type HttpRefusalCode } from './refusals.ts'
import type { SecurityHeaders } from './security-headers.ts'

/** A whole answer, ready for the socket, after which the connection closes. */
export type RawRefusal = (code: HttpRefusalCode) => string

export function rawRefusals(security: SecurityHeaders, newRequestId: () => string): RawRefusal {
  return (code) => {
    const { status } = httpRefusalAnswers[code]
    const requestId = newRequestId()
    const title = STATUS_CODES[status] ?? ''
    const body = JSON.stringify({ type: 'about:blank', title, status, detail: httpRefusals[code], code, request_id: requestId })
    const lines = [`HTTP/1.1 ${status} ${title}`]
    for (let at = 0; at < security.forData.length; at += 2) lines.push(`${security.forData[at]}: ${security.forData[at + 1]}`)
    lines.push('content-type: application/problem+json', `content-length: ${Buffer.byteLength(body)}`, `x-request-id: ${requestId}`)
    lines.push('cache-control: no-store', 'cross-origin-resource-policy: same-origin', 'connection: close')
    return `${lines.join('\r\n')}\r\n\r\n${body}`
  }
}
