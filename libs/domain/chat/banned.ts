import type { NewEvent } from '../kernel/new-event.js';
import type { MemberBanned, MemberUnbanned } from './events.js';
import type { ActiveChat } from './state.js';

/** Those of these people who are banned. */
export function bannedAmong({ banned_ids = [] }: ActiveChat, userIds: readonly string[]): readonly string[] {
  const banned = new Set(banned_ids);
  return userIds.filter((id) => banned.has(id));
}

export function bannedAfter(
  { banned_ids = [] }: ActiveChat,
  { type, data: { user_id } }: NewEvent<MemberBanned | MemberUnbanned>,
): readonly string[] {
  const others = banned_ids.filter((id) => id !== user_id);
  return type === 'MemberBanned' ? [...others, user_id] : others;
}
