/** Decides by the rules whether a caller may; everybody who decides asks here. Answers why not, or null. */
import type { ChatKind, ChatPermissions, Member, Role } from '../chat/events.js';
import { assert } from '../kernel/assert.js';
import type { Rejection } from '../kernel/rejection.js';
import { default_permissions, rules, type ChatRule, type MessageRule, type Rule } from './rules.js';

/** Of the wire's methods, those about a chat. */
export type ChatMethod = {
  [M in keyof typeof rules]: (typeof rules)[M] extends ChatRule ? M : never;
}[keyof typeof rules];

/** Undefined: nobody may. */
export const ruleOf = (method: string): Rule | undefined =>
  Object.hasOwn(rules, method) ? rules[method as keyof typeof rules] : undefined;

const chatRule = (method: ChatMethod): ChatRule => rules[method];

/** `me` is null for strangers and former members alike, `chat` where there is none: to them it does not exist. */
export function refusalInChat(
  method: ChatMethod,
  chat: JudgedChat | null,
  me: Pick<Member, 'role'> | null,
): Rejection | null {
  const { kinds, may } = chatRule(method);
  if (chat === null || me === null) return { code: 'NOT_A_MEMBER' };
  if (!kinds.includes(chat.kind)) return { code: 'WRONG_CHAT_KIND', details: { kind: chat.kind } };
  if (typeof may === 'object') return may.includes(me.role) ? null : { code: 'FORBIDDEN' };
  const role = permissionsOf(chat)[may];
  return isAtLeast(me.role, role) ? null : { code: 'FORBIDDEN', details: { permission: may, role } };
}

/** Permissions are asked for where the method's rule names one. */
export interface JudgedChat {
  readonly kind: ChatKind;
  readonly permissions?: ChatPermissions;
}

export const permissionsOf = ({ permissions }: Pick<JudgedChat, 'permissions'>): ChatPermissions =>
  permissions ?? default_permissions;

const ranks: Readonly<Record<Role, number>> = { owner: 2, admin: 1, member: 0 };

/** Whether that role is this one, or above it. */
export const isAtLeast = (role: Role, atLeast: Role): boolean => ranks[role] >= ranks[atLeast];

/** What there is to know of a message to judge who may do something to it. */
export interface JudgedMessage {
  readonly seq: number;
  readonly message: { readonly sender_id: string };
  readonly content_type: string;
  readonly deleted: boolean;
}

type Judge = Pick<Member, 'user_id' | 'role' | 'visible_from_seq'>;

/** To be asked after `refusalInChat`. A message that is not there and one that may not be seen are the same. */
export function refusalOfMessage(
  method: ChatMethod,
  me: Judge,
  seq: number,
  target: JudgedMessage | null,
): Rejection | null {
  const rule = messageRule(method);
  if (target === null || !maySee(me, target.seq)) return { code: 'NOT_FOUND', details: { seq } };
  if (target.deleted) return rule.deleted ? { code: rule.deleted, details: { seq } } : null;
  if (target.content_type === 'service' && rule.service) return { code: rule.service, details: { seq } };
  const may = target.message.sender_id === me.user_id ? rule.own : rule.others;
  return may === undefined || may.includes(me.role) ? null : { code: 'FORBIDDEN', details: { seq } };
}

/** To be asked after `refusalInChat`. `target` is the person who is named, as a member of the chat; undefined: they are none. */
export function refusalOfPerson(
  method: ChatMethod,
  me: Pick<Member, 'user_id' | 'role'>,
  target: Pick<Member, 'user_id' | 'role'> | undefined,
): Rejection | null {
  const { person } = chatRule(method);
  assert(person, `${method} has a rule about people`);
  const may = person[target?.user_id === me.user_id ? 'self' : (target?.role ?? 'none')];
  if (may === 'NOT_FOUND') return { code: may };
  return may.includes(me.role) ? null : { code: 'FORBIDDEN' };
}

/** Members see messages from the one that told of their joining. */
export const maySee = (member: Pick<Member, 'visible_from_seq'>, seq: number): boolean =>
  seq >= member.visible_from_seq;

function messageRule(method: ChatMethod): MessageRule {
  const { messages } = chatRule(method);
  assert(messages, `${method} has a rule about messages`);
  return messages;
}
