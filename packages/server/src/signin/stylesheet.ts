import { readFileSync } from 'node:fs'
import { base64url, sha256 } from '#kernel'

/** The one stylesheet of every page that we render, and its address. */
export interface Stylesheet {
  readonly css: string
  /** The start of its SHA-256: as the entity tag and in the address, so that a browser keeps it until it changes. */
  readonly version: string
}

export const stylesheetPath = '/assets/countersign.css'

let opened: Stylesheet | undefined

/** Read once from the disk. The gateway serves the same text at an address of its own. */
export function openStylesheet(): Stylesheet {
  if (opened === undefined) {
    const css = readFileSync(new URL('pages/countersign.css', import.meta.url), 'utf8')
    opened = Object.freeze({ css, version: base64url(sha256(css)).slice(0, 16) })
  }
  return opened
}

/** The address of the stylesheet below the given base. */
export function stylesheetHref(base: string): string {
  return `${base}${stylesheetPath}?v=${openStylesheet().version}`
}
