/**
 * Identifiers that others choose. They are text of at most 2 KiB without
 * control characters, and only these `read` functions make them.
 *
 * @module
 */

declare const source: unique symbol

type Outside<Kind extends string> = string & { readonly [source]: Kind }

/** The `client_id` of RFC 6749 section 2.2: a name, a UUID, or a URL. */
export type ClientIdentifier = Outside<'client_id'>

/** The name of a policy store: lower case letters, digits and dashes. */
export type PolicyStoreName = Outside<'policy store'>

/** 2 KiB holds any URL that a browser or a proxy passes on, and bounds every index. */
const maxBytes = 2048

/** VSCHAR of RFC 6749 appendix A.1: printable ASCII. */
const visible = /^[\x20-\x7e]+$/

/** Reads a `client_id`. Returns undefined when it is empty, too long, or holds more than printable ASCII. */
export function readClientIdentifier(text: string): ClientIdentifier | undefined {
  return text.length <= maxBytes && visible.test(text) ? (text as ClientIdentifier) : undefined
}

/** Reads the name of a policy store, for instance `notes`. */
export function readPolicyStoreName(text: string): PolicyStoreName | undefined {
  return /^[a-z][a-z0-9-]{0,62}$/.test(text) ? (text as PolicyStoreName) : undefined
}
