import type { Member, Role } from './events.js';

/** The one place that says who may do what in a chat; deciders and queries both ask here. */

/** Strangers and former members are the same: to them the chat does not exist. */
export type Relation = Role | 'stranger';

export type ChatAction =
  | 'read'
  | 'send'
  | 'react'
  | 'leave'
  | 'edit_own'
  | 'edit_others'
  | 'delete_own'
  | 'delete_others'
  | 'add_members'
  | 'remove_member'
  | 'remove_admin'
  | 'remove_owner';

const everyMember: readonly Relation[] = ['owner', 'admin', 'member'];
const allowed: Readonly<Record<ChatAction, readonly Relation[]>> = {
  read: everyMember,
  send: everyMember,
  react: everyMember,
  leave: everyMember,
  edit_own: everyMember,
  edit_others: [],
  delete_own: everyMember,
  delete_others: ['owner', 'admin'],
  add_members: ['owner', 'admin'],
  remove_member: ['owner', 'admin'],
  remove_admin: ['owner'],
  remove_owner: ['owner'],
};

export const may = (relation: Relation, action: ChatAction): boolean => allowed[action].includes(relation);

export const mayRead = (relation: Relation): boolean => may(relation, 'read');

export const relationOf = (member: Pick<Member, 'role'> | null | undefined): Relation =>
  member?.role ?? 'stranger';

/** Members see messages from the one that told of their joining. */
export const maySee = (member: Pick<Member, 'visible_from_seq'>, seq: number): boolean =>
  seq >= member.visible_from_seq;

export const removalOf = (role: Role): ChatAction => `remove_${role}`;
