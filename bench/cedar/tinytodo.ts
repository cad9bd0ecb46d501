/**
 * Lists of tasks, as the tutorial of Cedar describes TinyTodo: whoever made a
 * list owns it and shares it with a team of readers and a team of editors;
 * anybody may make one.
 *
 * @module
 */

import { Maker } from './maker.ts'
import { entitiesUnderPolicies, type Axis, type World } from './world.ts'

const schema = `
  entity Application;
  entity Team in [Team, Application];
  entity User in [Team, Application];
  entity List in [Application] { owner: User, readers: Team, editors: Team };
  action CreateList, GetLists appliesTo { principal: User, resource: Application };
  action GetList, UpdateList, DeleteList, CreateTask, UpdateTask, DeleteTask, EditShare appliesTo { principal: User, resource: List };
`

const editing = ['UpdateList', 'CreateTask', 'UpdateTask', 'DeleteTask']
const roles = {
  anyone: ['CreateList', 'GetLists'],
  reader: ['GetList'],
  editor: ['GetList', ...editing],
  owner: ['GetList', ...editing, 'DeleteList', 'EditShare'],
}

const actions = (names: readonly string[]): string => `action in [${names.map((name) => `Action::"${name}"`).join(', ')}]`
const anyone = `permit (principal, ${actions(roles.anyone)}, resource == Application::"TinyTodo");`
const owner = `permit (principal, action, resource is List) when { resource.owner == principal };`
const reader = `permit (principal, action == Action::"GetList", resource)
  when { principal in resource.readers || principal in resource.editors };`
const editor = `permit (principal, ${actions(editing)}, resource) when { principal in resource.editors };`

const templates = {
  reader: `permit (principal in ?principal, ${actions(roles.reader)}, resource == ?resource);`,
  editor: `permit (principal in ?principal, ${actions(roles.editor)}, resource == ?resource);`,
}

export function tinytodo(axis: Axis, size: number): World {
  const maker = new Maker()
  const unit = (axis === 'entities' ? size : entitiesUnderPolicies) / 5
  const users = maker.uids('User', unit)
  const teams = maker.uids('Team', 2 * unit)
  const lists = maker.uids('List', 2 * unit - 1)
  const application = { type: 'Application', id: 'TinyTodo' }
  const nobody = { type: 'Team', id: 'nobody' }
  const owners = new Map<string, string>()
  maker.add(application)
  for (const user of users) maker.add(user, [...maker.some(teams, 2), application])
  for (const [at, team] of teams.entries()) maker.add(team, [...maker.branch(teams, at), application])
  for (const list of lists) {
    const made = maker.random.pick(users)
    owners.set(list.id, made.id)
    const held = (role: string) => (axis === 'entities' ? maker.grant(role, maker.random.pick(teams), list) : nobody)
    maker.add(list, [application], { owner: made, readers: held('reader'), editors: held('editor') })
  }
  return {
    schema,
    policies: axis === 'entities' ? { anyone, owner, reader, editor } : { anyone, owner },
    templates: axis === 'entities' ? {} : templates,
    links: axis === 'entities' ? [] : maker.links(size - 2, ['reader', 'editor'], [...users, ...teams], lists),
    entities: maker.entities,
    requests: maker.requests(users, [...lists, ...lists.slice(0, unit), application], ({ type }) =>
      type === 'List' ? roles.owner : roles.anyone,
    ),
    facts: { parents: maker.parents, roles, grants: maker.grants, owners, open: new Set([application.id]) },
  }
}
