import type { Edge, PageRenderer } from '#http'
import { createConsent } from './consent.ts'
import type { MappedClaims, ScopeWords } from './consent-words.ts'
import { createPages, type Pages } from './pages.ts'
import type { SigninPorts } from './ports.ts'
import { createPageRenderer } from './refusal-page.ts'
import { answers } from './refusals.ts'
import { signinRoutes } from './routes.ts'
import { createSignIn } from './sign-in.ts'
import { createSignOut } from './sign-out.ts'

export interface SigninOptions {
  /** The path of the issuer without a slash at its end; empty for most. */
  readonly base?: '' | `/${string}` | undefined
  /** The name above each page. */
  readonly brand?: string | undefined
  /** What custom scopes mean, for instance `notes.write`: `Write notes in your name`. */
  readonly scopeWords?: ScopeWords | undefined
  /** What scopes tell beside the standard claims. */
  readonly mappedClaims?: MappedClaims | undefined
}

/** The pages that a person sees, as an edge, and their looks for whoever else shows pages. */
export interface Signin extends Edge {
  readonly pages: Pages
  /** For the server's `page` style. */
  readonly renderRefusal: PageRenderer
}

export function createSignin(ports: SigninPorts, options: SigninOptions = {}): Signin {
  const base = options.base ?? ''
  const pages = createPages({ ...options, base })
  return {
    name: 'signin',
    routes: signinRoutes(base, createSignIn(ports, pages, base), createConsent(ports, pages, base), createSignOut(ports, pages, base)),
    refusals: answers,
    pages,
    renderRefusal: createPageRenderer(pages, base),
  }
}
