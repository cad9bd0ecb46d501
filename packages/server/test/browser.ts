/**
 * A real browser for tests: the headless Chromium that `@sparticuz/chromium`
 * carries, or Debian's `chromium` where npm left that optional package out
 * (it does, without a word, when it installs under a Node that the package
 * does not support). Every name under `example.test` resolves to loopback.
 *
 * @module
 */

import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { chromium, type Browser, type BrowserContext } from 'playwright-core'
import { missing } from './parts.ts'

const packageName = '@sparticuz/chromium'

/** What of the package we call. It is optional, so its own types may be absent. */
interface CarriedChromium {
  readonly default: { executablePath(): Promise<string> }
}

/** Why there is no browser here, for node:test's `skip`; false when there is one. Throws where COUNTERSIGN_SKIP_NOTHING is set. */
export function missingBrowser(): string | false {
  if (installed() === undefined && isCarried()) return missing('libnss3.so')
  return installed() === undefined ? missing('chromium') : false
}

export interface OpenBrowser {
  readonly browser: Browser
  /** Closes the browser and removes what it wrote. */
  close(): Promise<void>
}

export interface BrowserWishes {
  /** Accepts the certificates of an authority that a test made. */
  readonly unsafelyAcceptCertificates?: true
}

/** Starts a browser with an empty profile that talks to nobody but this machine. */
export async function openBrowser(): Promise<OpenBrowser> {
  const profile = mkdtempSync(join(tmpdir(), 'countersign-browser-'))
  const browser = await chromium.launch({
    executablePath: installed() ?? (await carriedPath()),
    headless: true,
    env: { HOME: profile, PATH: process.env['PATH'] ?? '', ...fontSettings() },
    args: [
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP *.example.test 127.0.0.1',
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
  })
  return {
    browser,
    close: async () => {
      await browser.close()
      rmSync(profile, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

/** A fresh visitor: no cookies, no history. */
export async function newVisitor(browser: Browser, wishes: BrowserWishes = {}): Promise<BrowserContext> {
  return browser.newContext({ ignoreHTTPSErrors: wishes.unsafelyAcceptCertificates === true })
}

function installed(): string | undefined {
  const places = (process.env['PATH'] ?? '').split(delimiter)
  return places.flatMap((place) => ['chromium', 'chromium-browser'].map((name) => join(place, name))).find(isRunnable)
}

function isCarried(): boolean {
  try {
    createRequire(import.meta.url).resolve(packageName)
    return true
  } catch {
    return false
  }
}

async function carriedPath(): Promise<string> {
  const carried = (await import(packageName)) as CarriedChromium
  return carried.default.executablePath()
}

/** The carried shell finds the fonts that it unpacks beside itself through fontconfig's variable. */
function fontSettings(): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[0].startsWith('FONTCONFIG_')))
}

function isRunnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
