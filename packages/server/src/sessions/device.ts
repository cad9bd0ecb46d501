/**
 * What a person is shown of the device behind a session. It helps them to
 * recognise their own and decides nothing: the header says what its sender
 * likes.
 *
 * @module
 */

import type { PersonKey } from '#keys'

/** Where a session was begun. Personal data: sealed at rest. */
export interface Device {
  /** For instance `Firefox on Linux`. */
  readonly name: string
  readonly address: string | undefined
}

/** In the order of who imitates whom: Edge and Opera say Chrome, Chrome says Safari. */
const browsers = [
  { name: 'Edge', sign: /\bEdg(?:e|A|iOS)?\// },
  { name: 'Opera', sign: /\bOPR\// },
  { name: 'Samsung Internet', sign: /\bSamsungBrowser\// },
  { name: 'Firefox', sign: /\b(?:Firefox|FxiOS)\// },
  { name: 'Chrome', sign: /\b(?:Chrome|CriOS|HeadlessChrome)\// },
  { name: 'Safari', sign: /\bVersion\/.*\bSafari\// },
] as const

/** iPads and Androids say Mac and Linux too. */
const systems = [
  { name: 'iPhone', sign: /\biPhone\b/ },
  { name: 'iPad', sign: /\biPad\b/ },
  { name: 'Android', sign: /\bAndroid\b/ },
  { name: 'Windows', sign: /\bWindows\b/ },
  { name: 'ChromeOS', sign: /\bCrOS\b/ },
  { name: 'macOS', sign: /\bMac OS X\b|\bMacintosh\b/ },
  { name: 'Linux', sign: /\bLinux\b|\bX11\b/ },
] as const

/** What is longer was written by nobody's browser. */
const longestUserAgent = 1_024

/** A short name for the sender of a User-Agent header. It is made of our own words alone. */
export function nameDevice(userAgent: string | undefined): string {
  const text = userAgent?.slice(0, longestUserAgent) ?? ''
  const browser = browsers.find(({ sign }) => sign.test(text))?.name
  const system = systems.find(({ sign }) => sign.test(text))?.name
  if (browser === undefined) return system === undefined ? 'An unknown program' : `A program on ${system}`
  return system === undefined ? browser : `${browser} on ${system}`
}

const longestAddress = 64

export function readDevice(userAgent: string | undefined, address: string | undefined): Device {
  return { name: nameDevice(userAgent), address: address?.slice(0, longestAddress) }
}

/** Seals a device as version 1. `context` names the column or the event. */
export function sealDevice(key: PersonKey, device: Device, context: string): Uint8Array {
  return key.seal(JSON.stringify({ version: 1, ...device }), context)
}

/** Undefined when the person's key is gone or the bytes are not theirs: a session is listed all the same. */
export function openDevice(key: PersonKey | undefined, sealed: Uint8Array | null, context: string): Device | undefined {
  const text = sealed === null ? undefined : key?.open(sealed, context)
  if (text === undefined) return undefined
  const { name, address } = JSON.parse(text) as Device
  return { name, address }
}
