/**
 * Reads ASN.1 by its Distinguished Encoding Rules (X.690), as far as the names in an
 * X.509 certificate need them. OpenSSL has read the certificate before; whatever is not
 * as it should be all the same is no element.
 *
 * @module
 */

export interface Element {
  readonly tag: number
  readonly content: Uint8Array
}

/** The elements that stand one after another. Undefined when the bytes are not exactly that. */
export function readElements(bytes: Uint8Array): readonly Element[] | undefined {
  const elements: Element[] = []
  let at = 0
  while (at < bytes.length) {
    const tag = bytes[at] ?? 0
    const first = bytes[at + 1]
    if (first === undefined || (tag & 0x1f) === 0x1f) return undefined
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f
    // 16 MiB are more than any certificate; 0x80 alone would be of no definite length.
    if (first === 0x80 || lengthBytes > 3) return undefined
    const begins = at + 2 + lengthBytes
    const length = lengthBytes === 0 ? first : bytes.subarray(at + 2, begins).reduce((sum, byte) => sum * 256 + byte, 0)
    if (begins + length > bytes.length) return undefined
    elements.push({ tag, content: bytes.subarray(begins, begins + length) })
    at = begins + length
  }
  return elements
}

/** The dotted numbers of an object identifier. */
export function readOid(content: Uint8Array): string {
  const arcs: number[] = []
  let value = 0
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f)
    if (byte >= 0x80) continue
    if (arcs.length === 0) arcs.push(Math.min(2, Math.floor(value / 40)), value - 40 * Math.min(2, Math.floor(value / 40)))
    else arcs.push(value)
    value = 0
  }
  return arcs.join('.')
}
