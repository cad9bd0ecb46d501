/**
 * Writes ASN.1 by its Distinguished Encoding Rules (X.690), as far as an X.509
 * certificate needs them.
 *
 * @module
 */

/** Section 8.1: a tag, the length, the content. Throws where the content is 64 KiB or more, which nothing here is. */
export function tagged(tag: number, content: Uint8Array): Buffer {
  const { length } = content
  if (length > 0xffff) throw new RangeError('the content is too long for a certificate')
  const long = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...long]), content])
}

export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tagged(0x30, Buffer.concat(parts))
}

/** Bytes of a number that is positive: the first of them is below 0x80. */
export function integer(bytes: Uint8Array): Buffer {
  return tagged(0x02, bytes)
}

export function boolean(value: boolean): Buffer {
  return tagged(0x01, Buffer.from([value ? 0xff : 0]))
}

export function octets(bytes: Uint8Array): Buffer {
  return tagged(0x04, bytes)
}

export function bitString(bytes: Uint8Array, unusedBits: number): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.from([unusedBits]), bytes]))
}

export function text(utf8: string): Buffer {
  return tagged(0x0c, Buffer.from(utf8, 'utf8'))
}

/** RFC 5280 section 4.1.2.5: two digits of the year until 2049, four from then on. Whole seconds. */
export function time(ms: number): Buffer {
  const digits = `${new Date(ms).toISOString().replaceAll(/[-:T]|\..*/g, '')}Z`
  return digits < '2050' ? tagged(0x17, Buffer.from(digits.slice(2), 'ascii')) : tagged(0x18, Buffer.from(digits, 'ascii'))
}

/** An object identifier from its dotted numbers. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes: number[] = []
  // The first two are one number, section 8.19.4.
  for (const arc of [first * 40 + second, ...rest]) {
    const digits = [arc & 0x7f]
    for (let left = arc >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80)
    bytes.push(...digits)
  }
  return tagged(0x06, Buffer.from(bytes))
}

/** RFC 7468. */
export function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
