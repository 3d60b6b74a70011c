/**
 * `sync.snapshot`: the user's chats at position N of their log. N is `user_log`'s head in the snapshot, and the chats'
 * tables must cover the sources of all entries up to N; they may be ahead, which is harmless because updates are absolute
 * and versioned (I5). Which chats there are, roles and cursors come from the log's own fold; everything else from the chats.
 *
 * Later pages keep the first page's N. Their order (by joining) does not move while people write, so no chat falls
 * between two pages; what joins meanwhile comes as an update. After the chats come the user's contacts, by user id.
 */
import { emptyLogHash } from '#domain/user-log/entry.js';
import { hiddenView } from '#domain/user-log/message-view.js';
import { openPrivacy } from '#domain/account/profile.js';
import { isUuid } from '#domain/kernel/ids.js';
import { contactsOf, type ContactFound } from '#projections/accounts/contacts-query.js';
import { privacyOf } from '#projections/accounts/privacy-query.js';
import { accountsByIdIn } from '#projections/accounts/query.js';
import type { AccountsSchema } from '#projections/accounts/projection.js';
import { callsIn } from '#projections/chats/call-rows.js';
import { latestMessages } from '#projections/chats/messages-query.js';
import { chatsById, memberIdsOf, membershipsOf } from '#projections/chats/query.js';
import type { ChatRow, ChatsSchema } from '#projections/chats/rows.js';
import { userChatsByJoining } from '#projections/user-log/chats-query.js';
import { positionOfPtsIn, userHeadIn, type UserHead } from '#projections/user-log/position-query.js';
import type { UserChatRow, UserLogSchema } from '#projections/user-log/rows.js';
import { page_items_default } from '#protocol/limits.js';
import { SyncSnapshotParams, type SnapshotChat, type SyncSnapshotAnswer } from '#protocol/methods/updates.js';
import { mergeSeen } from '#streams/requests.js';
import { chatView } from '../chat-view.js';
import { decodeCursor, encodeCursor } from '../page-cursor.js';
import { isHiddenFrom, lastShown } from '../hidden.js';
import { defineQuery, type QueryContext } from '../query.js';
import { Refusal } from '#protocol/refusal.js';
import { shownPositions } from '../shown-positions.js';
import { assertSourcesCovered } from '../sources-covered.js';
import { answer_bytes_max, AnswerRoom, withinBytes } from '../within-bytes.js';

const messages_default = 20;
const contacts_page_max = 500;
/** A chat with long messages shows fewer of them, so that it leaves room for others. */
const chat_bytes_max = answer_bytes_max / 4;
const beforeFirst: UserHead = { pts: 0, sequence: 0, hash: emptyLogHash, date_ms: 0, sources: {} };

/** Where the page before ended: with the chat that was joined then, or, past the chats, with that contact ('': with none). */
type Page = readonly [after: number | string, pts: number];

const isPage = ([after, pts, ...more]: readonly unknown[]): boolean =>
  (Number.isSafeInteger(after) || after === '' || isUuid(after)) &&
  Number.isSafeInteger(pts) &&
  more.length === 0;

export const syncSnapshot = defineQuery<SyncSnapshotParams, SyncSnapshotAnswer>({
  method: 'sync.snapshot',
  params: SyncSnapshotParams,
  reads: ['user_log', 'chats', 'accounts'],
  read: async (context, { cursor, chats_limit = page_items_default, messages_limit = messages_default }) => {
    const page = decodeCursor<Page>(cursor, isPage);
    const tables = context.snapshot.tables<UserLogSchema>('user_log');
    const { user_id } = context.identity;
    const head = (await userHeadIn(tables, user_id)) ?? beforeFirst;
    assertSourcesCovered(context, head, ['chats', 'accounts']);
    const position = page ? await positionOfPage(context, page[1]) : head;
    const room = new AnswerRoom();
    const { chats, nextChat } = await chatsPage(context, room, page?.[0], { chats_limit, messages_limit });
    const { contacts, nextContact } =
      nextChat === undefined ? await contactsPage(context, room, page?.[0]) : nothingYet;
    const next = nextChat ?? nextContact;
    const { pts, hash, sequence } = position;
    const accounts = context.snapshot.tables<AccountsSchema>('accounts');
    return {
      result: {
        pts,
        hash,
        sequence,
        chats,
        contacts: contacts.map(({ user_id: id, nickname }) => ({ user_id: id, nickname })),
        users: await usersOf(context, chats, contacts),
        privacy: (await privacyOf(accounts, user_id)) ?? openPrivacy,
        ...(next === undefined ? {} : { next_cursor: encodeCursor([next, pts]) }),
      },
      seen: mergeSeen(shownPositions(context, { chatIds: chats.map(({ chat_id }) => chat_id) }), {
        projected: {},
        logged: head.sources,
      }),
    };
  },
});

async function chatsPage(
  context: QueryContext,
  room: AnswerRoom,
  after: Page[0] | undefined,
  { chats_limit, messages_limit }: Required<Omit<SyncSnapshotParams, 'cursor'>>,
) {
  if (typeof after === 'string') return { chats: [], nextChat: undefined };
  const tables = context.snapshot.tables<UserLogSchema>('user_log');
  const page = { beforePts: after, limit: chats_limit + 1 };
  const found = await userChatsByJoining(tables, context.identity.user_id, page);
  const chats = room.take(await snapshotChats(context, found.slice(0, chats_limit), messages_limit));
  return { chats, nextChat: found.length > chats.length ? found[chats.length - 1]?.joined_pts : undefined };
}

const nothingYet = { contacts: [], nextContact: undefined };

async function contactsPage(context: QueryContext, room: AnswerRoom, after: Page[0] | undefined) {
  const last = typeof after === 'string' ? after : '';
  const page = { after: last === '' ? undefined : last, limit: contacts_page_max + 1 };
  const tables = context.snapshot.tables<AccountsSchema>('accounts');
  const found = await contactsOf(tables, context.identity.user_id, page);
  const contacts = room.take(found.slice(0, contacts_page_max));
  const isMore = found.length > contacts.length;
  return { contacts, nextContact: isMore ? (contacts.at(-1)?.user_id ?? last) : undefined };
}

/** Of the first page: its entry stands in the table, because logs only grow. */
async function positionOfPage({ snapshot, identity }: QueryContext, pts: number) {
  if (pts === 0) return beforeFirst;
  const tables = snapshot.tables<UserLogSchema>('user_log');
  const position = await positionOfPtsIn(tables, identity.user_id, pts);
  if (position?.pts === pts) return position;
  throw new Refusal('INVALID_PARAMS', { details: { cursor: 'a next_cursor of the same method' } });
}

async function snapshotChats(
  context: QueryContext,
  rows: readonly UserChatRow[],
  messagesLimit: number,
): Promise<SnapshotChat[]> {
  const { snapshot, identity } = context;
  const tables = snapshot.tables<ChatsSchema>('chats');
  const ids = rows.map(({ chat_id }) => chat_id);
  const chats = await chatsById(tables, ids);
  const members = new Map(
    (await membershipsOf(tables, identity.user_id, ids)).map((row) => [row.chat_id, row]),
  );
  const visible = rows.flatMap(({ chat_id, visible_from_seq }) => {
    const member = members.get(chat_id);
    if (!member) return [];
    const { last_seq } = chats.get(chat_id)!;
    return [{ chat_id, visible_from_seq: Math.max(visible_from_seq, member.visible_from_seq), last_seq }];
  });
  const latest = await latestMessages(tables, identity.user_id, visible, messagesLimit, context.nowMs);
  const isHidden = await isHiddenFrom(context, [...latest.values()].flat());
  const last = await lastShown(context, visible);
  const calls = await callsIn(tables, ids);
  return rows.map((row) => {
    const chat = chats.get(row.chat_id)!;
    if (!members.has(row.chat_id)) return formerChat(chat, row);
    const messages = (latest.get(row.chat_id) ?? []).map((one) => (isHidden(one) ? hiddenView(one) : one));
    const more = { last_message: last.get(row.chat_id), call: calls.get(row.chat_id) };
    const view = chatView({ chat, member: row, cursors: row, ...more });
    return { ...view, messages: withinBytes(messages, chat_bytes_max).reverse() };
  });
}

/**
 * The chat's tables know already what the log tells after N: the user is removed. Nothing from after the removal may be
 * shown; the updates that follow bring what was before it, then `chat.removed`.
 */
function formerChat(chat: ChatRow, cursors: UserChatRow): SnapshotChat {
  const last_seq = Math.max(cursors.read_seq, cursors.visible_from_seq - 1);
  const shown = { ...chat, last_seq, chat_pts: cursors.chat_pts };
  const nothing = { last_message: undefined, call: undefined };
  return { ...chatView({ chat: shown, member: cursors, cursors, ...nothing }), messages: [] };
}

/** Whoever wrote what is shown, the other person of direct chats, contacts, and the user: not all members of groups. */
async function usersOf(
  { snapshot, identity }: QueryContext,
  chats: readonly SnapshotChat[],
  contacts: readonly ContactFound[],
) {
  const direct = chats.filter(({ kind }) => kind === 'direct').map(({ chat_id }) => chat_id);
  const peers = await memberIdsOf(snapshot.tables<ChatsSchema>('chats'), direct);
  const senders = chats.flatMap(({ messages, last_message }) =>
    [...messages, ...(last_message ? [last_message] : [])].map(({ sender_id }) => sender_id),
  );
  const known = contacts.map(({ user_id }) => user_id);
  const ids = [...new Set([identity.user_id, ...peers, ...senders, ...known])];
  return accountsByIdIn(snapshot.tables<AccountsSchema>('accounts'), ids);
}
