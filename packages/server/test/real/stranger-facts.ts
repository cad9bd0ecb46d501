/** What a stranger finds out by asking, before they begin. @module */

import type { Product } from '../product.ts'
import type { OpenFacts } from './stranger-requests.ts'

/** Asks the metadata and begins a sign-in, as anybody can. `username` is somebody's who exists. */
export async function openFacts(
  product: Pick<Product, 'issuer'>,
  clients: { readonly publicClient: string; readonly redirectUri: string; readonly confidentialClient: string },
  username: string,
): Promise<OpenFacts> {
  const jwks = (await (await fetch(`${product.issuer}/jwks`)).json()) as {
    readonly keys: readonly { readonly alg: string; readonly kid: string }[]
  }
  const keyId = (algorithm: string): string => jwks.keys.find(({ alg }) => alg === algorithm)?.kid ?? ''
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clients.publicClient,
    redirect_uri: clients.redirectUri,
    scope: 'openid',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  })
  const begun = await fetch(`${product.issuer}/authorize?${query.toString()}`, { redirect: 'manual' })
  const location = new URL(begun.headers.get('location') ?? '', product.issuer)
  return {
    ...clients,
    host: new URL(product.issuer).host,
    accessKeyId: keyId('ES256'),
    idKeyId: keyId('RS256'),
    state: location.searchParams.get('state') ?? '',
    browser: /countersign_browser=([^;]+)/.exec(begun.headers.get('set-cookie') ?? '')?.[1] ?? '',
    username,
  }
}
