/** What the benchmark uses of the peers: each is typed here, as tests check types without them installed. */
declare module 'casbin' {
  export interface Enforcer {
    addPolicies(rules: readonly (readonly string[])[]): Promise<boolean>
    addNamedGroupingPolicies(type: string, rules: readonly (readonly string[])[]): Promise<boolean>
    enforceSync(subject: string, object: string, action: string): boolean
  }
  export function newModelFromString(text: string): object
  export function newEnforcer(model: object): Promise<Enforcer>
}

declare module '@casl/ability' {
  export interface Ability {
    can(action: string, subject: object): boolean
  }
  export function createMongoAbility(): Ability
  export function subject(type: string, object: object): object
  export class AbilityBuilder {
    constructor(create: typeof createMongoAbility)
    can: (actions: readonly string[], type: string, conditions: object) => void
    build: () => Ability
  }
}

declare module 'accesscontrol' {
  export class AccessControl {
    grant(role: string): { action(name: string, resource: string): unknown }
    can(roles: readonly string[]): { do(action: string, resource: string): { readonly granted: boolean } }
  }
}
