/** Base64url without padding, RFC 4648 section 5. @module */

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/**
 * Reads base64url. Undefined unless the text is the only spelling of its bytes:
 * bits that no byte uses must be zero, so that two texts never mean one token.
 */
export function readBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 4 === 1) return undefined
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let written = 0
  let bits = 0
  let held = 0
  for (const letter of text) {
    const value = letter.length === 1 ? letters.indexOf(letter) : -1
    if (value === -1) return undefined
    held = (held << 6) | value
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes[written] = (held >> bits) & 0xff
    written += 1
    held &= (1 << bits) - 1
  }
  return held === 0 ? bytes : undefined
}

export function writeBase64url(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xffff
    bits += 8
    while (bits >= 6) {
      bits -= 6
      text += letters.charAt((held >> bits) & 0x3f)
    }
  }
  return bits === 0 ? text : text + letters.charAt((held << (6 - bits)) & 0x3f)
}
