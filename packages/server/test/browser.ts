/**
 * A real browser for tests: Debian's `chromium` where it is installed, else the
 * headless one that `@sparticuz/chromium` carries. Every name under
 * `example.test` resolves to loopback.
 *
 * @module
 */

import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import carried from '@sparticuz/chromium'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { missing } from './parts.ts'
import type { Person } from './visitor.ts'

/** Where the carried browser is unpacked, once for each version of the package. */
const unpackedFolder = fileURLToPath(new URL(`../../../node_modules/.cache/chromium-${carriedVersion()}`, import.meta.url))

/** Why no browser can be started here, for node:test's `skip`; false when one can. Throws where COUNTERSIGN_SKIP_NOTHING is set. */
export function missingBrowser(): string | false {
  return installed() === undefined ? missing('libnss3.so') : false
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
  const executablePath = installed() ?? (await unpacked())
  const browser = await chromium.launch({
    executablePath,
    headless: true,
    env: { HOME: profile, PATH: process.env['PATH'] ?? '', FONTCONFIG_FILE: fontsFor(profile, dirname(executablePath)) },
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

/** From our sign-in page to the app: the form, and the consent page where the app asks for the first time. */
export async function signInAs(
  page: Page,
  { username, password }: Person,
  app: string,
  atConsent: () => Promise<void> = async () => {},
): Promise<void> {
  await page.fill('[name="username"]', username)
  await page.fill('[name="password"]', password)
  await page.press('[name="password"]', 'Enter')
  await page.waitForURL((url) => url.origin === app || url.pathname.endsWith('/consent'))
  if (new URL(page.url()).origin === app) return
  await atConsent()
  await page.click('button[value="allow"]')
  await page.waitForURL((url) => url.origin === app)
}

function installed(): string | undefined {
  const places = (process.env['PATH'] ?? '').split(delimiter)
  return places.flatMap((place) => ['chromium', 'chromium-browser'].map((name) => join(place, name))).find(isRunnable)
}

function carriedVersion(): string {
  const manifest = new URL('../package.json', import.meta.resolve('@sparticuz/chromium'))
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string }).version
}

/**
 * The path of the carried browser. It is unpacked under a name of its own and
 * then renamed: two test files may begin at once, and one may be killed midway.
 */
async function unpacked(): Promise<string> {
  const path = join(unpackedFolder, 'chromium')
  if (isRunnable(path)) return path
  mkdirSync(dirname(unpackedFolder), { recursive: true })
  const fresh = mkdtempSync(`${unpackedFolder}-`)
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = fresh // the package unpacks to the system's folder for temporary files and takes no other
  try {
    await carried.executablePath()
  } finally {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  }
  try {
    renameSync(fresh, unpackedFolder)
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true })
    if (!isRunnable(path)) throw error
  }
  return path
}

/** The machine's fonts and, since it may have none, the carried ones. */
function fontsFor(profile: string, browserFolder: string): string {
  const file = join(profile, 'fonts.conf')
  const own = `<dir>${join(browserFolder, 'fonts')}</dir><cachedir>${join(profile, 'fonts')}</cachedir>`
  writeFileSync(file, `<?xml version="1.0"?><fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include>${own}</fontconfig>`)
  return file
}

function isRunnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
