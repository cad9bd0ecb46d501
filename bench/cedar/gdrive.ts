/**
 * Documents in folders, shared with people and groups, as the paper on Cedar
 * describes its first scenario (OOPSLA 2024, section 5): who sees a folder sees
 * what is in it, an owner may do everything, a public document is read by anyone.
 *
 * @module
 */

import { Maker } from './maker.ts'
import { entitiesUnderPolicies, type Axis, type Uid, type World } from './world.ts'

const schema = `
  entity Group in [Group];
  entity Share;
  entity User in [Group] { view: Share, documents: Set<Document>, folders: Set<Folder> };
  entity Folder in [Folder, Share];
  entity Document in [Folder, Share] { public: Bool };
  action read, write, share appliesTo { principal: User, resource: Document };
`

const owner = `permit (principal, action, resource)
  when { resource in principal.documents || resource in principal.folders };`
const anyone = `permit (principal, action == Action::"read", resource) when { resource.public };`
const viewer = `permit (principal, action == Action::"read", resource) when { resource in principal.view };`

const templates = {
  viewer: `permit (principal in ?principal, action == Action::"read", resource in ?resource);`,
  editor: `permit (principal in ?principal, action in [Action::"read", Action::"write"], resource in ?resource);`,
}

const roles = { anyone: ['read'], viewer: ['read'], editor: ['read', 'write'], owner: ['read', 'write', 'share'] }

/** Folders and documents that are shared with one user, at most each. */
const sharedWithOne = 2

export function gdrive(axis: Axis, size: number): World {
  const maker = new Maker()
  const { random } = maker
  const unit = (axis === 'entities' ? size : entitiesUnderPolicies) / 5
  const users = maker.uids('User', unit)
  const folders = maker.uids('Folder', unit)
  const documents = maker.uids('Document', 2 * unit)
  const others = maker.uids(axis === 'entities' ? 'Share' : 'Group', unit)
  const nobody = { type: 'Share', id: 'nobody' }
  const shares = new Map<string, Uid[]>()
  for (const [at, user] of users.entries()) {
    const [ownDocuments, ownFolders] = [maker.some(documents, 2), maker.some(folders, 1)]
    for (const own of [...ownDocuments, ...ownFolders]) maker.grant('owner', user, own)
    const share = axis === 'entities' ? (others[at] ?? nobody) : nobody
    for (const shared of axis === 'entities' ? [...maker.some(documents, sharedWithOne), ...maker.some(folders, 1)] : []) {
      maker.grant('viewer', user, shared)
      shares.set(shared.id, [...(shares.get(shared.id) ?? []), share])
    }
    maker.add(user, axis === 'entities' ? [] : maker.some(others, 2), { view: share, documents: ownDocuments, folders: ownFolders })
  }
  const parents = ({ id }: Uid, folder: readonly Uid[]): readonly Uid[] => [...folder, ...(shares.get(id) ?? [])]
  for (const [at, other] of others.entries()) maker.add(other, axis === 'entities' ? [] : maker.branch(others, at))
  for (const [at, folder] of folders.entries()) maker.add(folder, parents(folder, maker.branch(folders, at)))
  const open = new Set<string>()
  for (const document of documents) {
    const isPublic = random.once(10)
    if (isPublic) open.add(document.id)
    maker.add(document, parents(document, [random.pick(folders)]), { public: isPublic })
  }
  const policies = axis === 'entities' ? { owner, anyone, viewer } : { owner, anyone }
  const links =
    axis === 'entities'
      ? []
      : maker.links(size - Object.keys(policies).length, ['viewer', 'editor'], [...users, ...others], [...documents, ...folders])
  return {
    schema,
    policies,
    templates: axis === 'entities' ? {} : templates,
    links,
    entities: maker.entities,
    requests: maker.requests(users, documents, () => roles.owner),
    facts: { parents: maker.parents, roles, grants: maker.grants, owners: new Map(), open },
  }
}
