/**
 * What a member may do for an organisation. owner: everything, members and keys too. buyer: orders and statements. stamper:
 * affixing. reader: looks. The holder of a personal account is its owner.
 */
export const roles = ['owner', 'buyer', 'stamper', 'reader'] as const
export type Role = (typeof roles)[number]

/** One thing a caller does, as roles and keys' scopes name it. */
export const permissions = ['affix', 'buy', 'read', 'manage'] as const
export type Permission = (typeof permissions)[number]

const allowed: Record<Role, readonly Permission[]> = {
  owner: permissions,
  buyer: ['buy', 'read'],
  stamper: ['affix', 'read'],
  reader: ['read'],
}

/** Whether this role may do it. */
export function roleAllows(role: Role, permission: Permission): boolean {
  return allowed[role].includes(permission)
}
