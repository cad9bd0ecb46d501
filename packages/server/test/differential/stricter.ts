/**
 * Where we refuse on purpose what `jose` lets pass, each rule with its reason. A
 * case that one of them is about must be refused by us; whatever else the two
 * judge differently is a mismatch.
 *
 * @module
 */

export const stricter = {
  'other header members': 'A header has the members of its kind of token and no other: each one names a key or changes what was signed.',
  'another typ': 'One kind of token is never taken for another; `typ` has one spelling.',
  'another kid': 'What we signed names its key; an assertion that names a key means that one.',
  'another alg': 'A key has one algorithm, by one name, which it states itself.',
  'names twice': 'Two readers that pick different ones of two members see different tokens.',
  'another spelling of bytes': 'Base64url has one spelling (RFC 7515 section 2, RFC 4648 section 3.5): no two tokens are the same.',
  'a byte order mark': 'JSON has none (RFC 8259 section 8.1).',
  'no claims': 'The payload of a JWT is a JSON object in UTF-8 (RFC 7519 section 7.2).',
  'too long': 'Nothing that we take is so long, and its reader would be kept busy.',
  'too deep': 'Claims are no tree; what reads them later may recurse.',
  'an exponent that is small or long': 'Three and less is broken by careless signers, long ones are slow on purpose.',
  'private members': 'Whoever sends a private key has lost it.',
  'another spelling of a key': 'The members of a key have one spelling (RFC 7518 section 6), or it has two thumbprints.',
  'a kid that is none': 'It is written to the record and shown.',
} as const

export type Stricter = keyof typeof stricter
