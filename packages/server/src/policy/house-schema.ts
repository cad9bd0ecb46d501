/**
 * The types that Countersign brings to every store. A store that declares
 * something in this namespace itself is refused: what a principal is, nobody
 * but us decides.
 *
 * @module
 */

const proof = `{
    acr: String,
    amr: Set<String>,
    authTime: datetime,
    credential: String,
    client?: String,
    scopes?: Set<String>,
  }`

/** `credential` is `session`, `access_token` or `socket`; `scopes` is absent where a first-party credential has no such limit. */
export const houseSchema: string = `namespace Countersign {
  entity Tenant;
  entity Role;
  entity Group in [Role];
  entity User in [Role, Group] ${proof};
  entity Service in [Role, Group] ${proof};
  entity MachineOwner ${proof};
  entity Client;
  entity Session;
  entity Token;
  entity Route;
  entity Consent;
}
`

/** The namespace of {@link houseSchema}. */
export const houseNamespace = 'Countersign'

/** The one namespace below it that a store may declare, and only the store of that name. */
export const administration: { readonly store: string; readonly namespace: string } = {
  store: 'countersign',
  namespace: 'Countersign::Admin',
}
