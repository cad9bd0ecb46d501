/** People and groups, as the admin API shows and changes them. @module */

import type { AdminGroup, AdminGroups, AdminUser, AdminUsers } from '#admin'
import type { Group, Identity, User } from '#identity'

export function adminUsers(identity: Identity): AdminUsers {
  return {
    list: async (op, request) => {
      const { items, next } = await identity.listUsers(op, request)
      return { items: items.map(showUser), next }
    },
    find: async (op, id) => {
      const user = await identity.findUser(op, id)
      return user && { item: showUser(user), version: user.version }
    },
    create: async (op, user) => identity.createUser(op, user),
    update: async (op, id, { username, name, email, phoneNumber, phoneNumberVerified, address, state, password }, seen) => {
      const profile = { username, name, email, phoneNumber, phoneNumberVerified, address }
      await identity.changeUser(op, id, { ...profile, state, password }, seen)
    },
    assignRole: async (op, id, role, seen) => void (await identity.assignRole(op, { to: id, role, seen })),
    withdrawRole: async (op, id, role, seen) => void (await identity.withdrawRole(op, { to: id, role, seen })),
    remove: async (op, id, seen) => identity.deleteUser(op, id, seen),
  }
}

function showUser(user: User): AdminUser {
  const { id, username, name, email, phoneNumber, phoneNumberVerified, address, state, roles, createdAtMs } = user
  return { id, username, name, email, phoneNumber, phoneNumberVerified, address, state, roles, createdAtMs }
}

export function adminGroups(identity: Identity): AdminGroups {
  return {
    list: async (op, request) => {
      const { items, next } = await identity.listGroups(op, request)
      return { items: items.map(showGroup), next }
    },
    find: async (op, id) => {
      const group = await identity.findGroup(op, id)
      return group && { item: showGroup(group), version: group.version }
    },
    create: async (op, name) => identity.createGroup(op, { name }),
    rename: async (op, id, name, seen) => identity.renameGroup(op, id, name, seen),
    remove: async (op, id, seen) => identity.deleteGroup(op, id, seen),
    listMembers: async (op, id, request) => {
      const { items, next } = await identity.listMembers(op, id, request)
      // Whoever was deleted since is a member no more.
      const users = await Promise.all(items.map(async (user) => identity.findUser(op, user)))
      return { items: users.filter((user) => user !== undefined).map(showUser), next }
    },
    addMember: async (op, group, user, seen) => void (await identity.addToGroup(op, { group, user, seen })),
    removeMember: async (op, group, user, seen) => void (await identity.removeFromGroup(op, { group, user, seen })),
    assignRole: async (op, id, role, seen) => void (await identity.assignRole(op, { to: id, role, seen })),
    withdrawRole: async (op, id, role, seen) => void (await identity.withdrawRole(op, { to: id, role, seen })),
  }
}

function showGroup({ id, name, roles, createdAtMs }: Group): AdminGroup {
  return { id, name, roles, createdAtMs }
}
