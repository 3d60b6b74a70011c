/**
 * What the caller has deleted for themselves: whoever shows messages asks here. Of such a message its place remains, as of one that is
 * deleted; who finds messages (by their words) leaves them out.
 */
import { hiddenView } from '#domain/user-log/message-view.js';
import type { MessageView } from '#domain/user-log/update.js';
import {
  hiddenAmong,
  lastNotHidden,
  placeKey,
  type MessagePlace,
} from '#projections/accounts/hidden-query.js';
import type { AccountsSchema } from '#projections/accounts/projection.js';
import { latestMessages } from '#projections/chats/messages-query.js';
import type { ChatsSchema } from '#projections/chats/rows.js';
import type { QueryContext } from './query.js';

/** The query `reads` accounts. */
export async function isHiddenFrom(
  { snapshot, identity }: QueryContext,
  places: readonly MessagePlace[],
): Promise<(place: MessagePlace) => boolean> {
  const accounts = snapshot.tables<AccountsSchema>('accounts');
  const hidden = await hiddenAmong(accounts, identity.user_id, places);
  return (place) => hidden.has(placeKey(place));
}

export async function withoutHidden(
  context: QueryContext,
  messages: readonly MessageView[],
): Promise<MessageView[]> {
  const isHidden = await isHiddenFrom(context, messages);
  return messages.map((message) => (isHidden(message) ? hiddenView(message) : message));
}

interface SeenChat {
  readonly chat_id: string;
  readonly visible_from_seq: number;
  readonly last_seq: number;
}

/** What a list of chats shows of each: the last message that is not hidden; chats without any are left out. */
export async function lastShown(
  { snapshot, identity, nowMs }: QueryContext,
  chats: readonly SeenChat[],
): Promise<ReadonlyMap<string, MessageView>> {
  const accounts = snapshot.tables<AccountsSchema>('accounts');
  const below = await lastNotHidden(accounts, identity.user_id, chats);
  const upTo = chats.map((chat) => ({ ...chat, last_seq: below.get(chat.chat_id) ?? chat.last_seq }));
  const tables = snapshot.tables<ChatsSchema>('chats');
  const latest = await latestMessages(tables, identity.user_id, upTo, 1, nowMs);
  return new Map([...latest].map(([chatId, [last]]) => [chatId, last!]));
}
