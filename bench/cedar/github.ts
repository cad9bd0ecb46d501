/**
 * Repositories of organizations, as the paper on Cedar describes its second
 * scenario (OOPSLA 2024, section 5): five roles on a repository, each with what
 * the one below it may do, held by teams in teams; and three roles on an
 * organization that hold for its repositories.
 *
 * @module
 */

import { Maker } from './maker.ts'
import { entitiesUnderPolicies, type Axis, type World } from './world.ts'

const schema = `
  entity Team in [Team];
  entity User in [Team];
  entity Organization { readers: Team, writers: Team, admins: Team };
  entity Repository { owner: Organization, readers: Team, triagers: Team, writers: Team, maintainers: Team, admins: Team };
  action pull, fork, triage, push, maintain, administer appliesTo { principal: User, resource: Repository };
`

const roles = {
  readers: ['pull', 'fork'],
  triagers: ['pull', 'fork', 'triage'],
  writers: ['pull', 'fork', 'triage', 'push'],
  maintainers: ['pull', 'fork', 'triage', 'push', 'maintain'],
  admins: ['pull', 'fork', 'triage', 'push', 'maintain', 'administer'],
} as const

type Role = keyof typeof roles

const names = Object.keys(roles) as Role[]
const rolesOfOrganizations = ['readers', 'writers', 'admins'] as const

const actions = (role: Role): string => `action in [${roles[role].map((action) => `Action::"${action}"`).join(', ')}]`
const onRepository = (role: Role): string => `permit (principal, ${actions(role)}, resource) when { principal in resource.${role} };`
const onOrganization = (role: Role): string =>
  `permit (principal, ${actions(role)}, resource) when { principal in resource.owner.${role} };`
const template = (role: Role): string => `permit (principal in ?principal, ${actions(role)}, resource == ?resource);`

export function github(axis: Axis, size: number): World {
  const maker = new Maker()
  const { random } = maker
  const unit = (axis === 'entities' ? size : entitiesUnderPolicies) / 5
  const users = maker.uids('User', 2 * unit)
  const teams = maker.uids('Team', unit)
  const organizations = maker.uids('Organization', unit)
  const repositories = maker.uids('Repository', unit)
  const nobody = { type: 'Team', id: 'nobody' }
  for (const user of users) maker.add(user, maker.some(teams, 2))
  for (const [at, team] of teams.entries()) maker.add(team, maker.branch(teams, at))
  for (const organization of organizations) {
    const held = rolesOfOrganizations.map((role) => [role, maker.grant(role, random.pick(teams), organization)] as const)
    maker.add(organization, [], Object.fromEntries(held))
  }
  for (const repository of repositories) {
    const owner = random.pick(organizations)
    const held = names.map((role) => [role, axis === 'entities' ? maker.grant(role, random.pick(teams), repository) : nobody] as const)
    maker.add(repository, [], { owner, ...Object.fromEntries(held) })
    maker.parents.set(repository.id, [owner.id]) // a role on an organization is one on what is its own
  }
  const inherited = Object.fromEntries(rolesOfOrganizations.map((role) => [`organization ${role}`, onOrganization(role)]))
  const own = Object.fromEntries(names.map((role) => [role, onRepository(role)]))
  return {
    schema,
    policies: axis === 'entities' ? { ...inherited, ...own } : inherited,
    templates: axis === 'entities' ? {} : Object.fromEntries(names.map((role) => [role, template(role)])),
    links: axis === 'entities' ? [] : maker.links(size - rolesOfOrganizations.length, names, [...users, ...teams], repositories),
    entities: maker.entities,
    requests: maker.requests(users, repositories, () => roles.admins),
    facts: { parents: maker.parents, roles, grants: maker.grants, owners: new Map(), open: new Set() },
  }
}
