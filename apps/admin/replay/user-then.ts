/** What a user had at a moment: as their own log tells it, so one position decides everything. */
import type { Device } from '#domain/account/events.js';
import { restoreAccount } from '#domain/account/restore.js';
import type { AccountDecision } from '#domain/account/state.js';
import type { Role } from '#domain/chat/events.js';
import { NatsEventStore } from '#streams/nats-event-store.js';
import { StoreDamaged, type EventStore } from '#streams/event-store.js';
import { storedMessages } from '#streams/stored-messages.js';
import { accountSubject, streamOf, userSubject } from '#streams/subjects.js';
import { decodeEntry } from '#streams/user-stream-message.js';
import { OperationRefused, type AdminContext } from '../operation.js';
import { LogFold, type FoldedChat } from './log-fold.js';
import { sequenceUntil, type Until } from './until.js';

/** Chats whose last decision is looked at, at once. */
const looked_at_once_max = 64;

export interface UserThen {
  readonly of: 'user';
  readonly position: string;
  readonly user_id: string;
  readonly pts: number;
  /** The log's running hash at that pts. */
  readonly hash: string | null;
  readonly date_ms: number;
  readonly chats: readonly ChatOfUserThen[];
  readonly devices: readonly Device[];
}

export interface ChatOfUserThen {
  readonly chat_id: string;
  readonly role: Role;
  readonly visible_from_seq: number;
  readonly read_seq: number;
  /** Null of a channel: the log does not tell its messages, and the chat's own log has no place that belongs to this one. */
  readonly last_seq: number | null;
  readonly unread_count: number | null;
  readonly read_outbox_seq: number;
  readonly delivered_outbox_seq: number;
}

export interface UserQuestion {
  readonly user_id: string;
  readonly until: Until | undefined;
}

export async function userThen(context: AdminContext, question: UserQuestion): Promise<UserThen> {
  const { nats, streamsPerFamily, signal } = context;
  const { user_id } = question;
  const stream = streamOf('USER', user_id, streamsPerFamily);
  const toSequence = await sequenceUntil(nats, stream, question.until);
  const fold = new LogFold();
  const range = { stream, subject: userSubject(user_id), fromSequence: 1, toSequence };
  for await (const page of storedMessages(nats, range, signal)) {
    for (const message of page.messages)
      fold.take(`${stream}:${message.sequence}`, decodeEntry(message).entry);
    const total = fold.pts + page.pendingCount;
    context.progress({ what: 'reading the log', done: fold.pts, total, unit: 'entries' });
  }
  const store = new NatsEventStore(nats, { streamsPerFamily });
  if (fold.pts === 0) throw await nothingYet(store, user_id, `${stream}:${toSequence}`);
  return {
    of: 'user',
    position: `${stream}:${toSequence}`,
    user_id,
    pts: fold.pts,
    hash: fold.hash,
    date_ms: fold.date_ms,
    chats: await chatsOf(store, fold),
    devices: await devicesOf(store, fold),
  };
}

async function nothingYet(store: EventStore, userId: string, position: string): Promise<OperationRefused> {
  const account = await store.load(accountSubject(userId));
  return new OperationRefused(
    account === null
      ? `user: there is no account ${userId}`
      : `until: the log of ${userId} has no entry up to ${position}`,
  );
}

async function chatsOf(store: EventStore, { chats }: LogFold): Promise<ChatOfUserThen[]> {
  const all = [...chats];
  const told: ChatOfUserThen[] = [];
  for (let from = 0; from < all.length; from += looked_at_once_max) {
    const some = all.slice(from, from + looked_at_once_max);
    told.push(...(await Promise.all(some.map(([chatId, chat]) => chatOf(store, chatId, chat)))));
  }
  return told;
}

async function chatOf(store: EventStore, chat_id: string, chat: FoldedChat): Promise<ChatOfUserThen> {
  const { role, visible_from_seq, read_seq, read_outbox_seq, delivered_outbox_seq } = chat;
  const last_seq = (await isChannel(store, chat)) ? null : chat.last_seq;
  const unread_count = last_seq === null ? null : last_seq - read_seq;
  const marks = { read_outbox_seq, delivered_outbox_seq };
  return { chat_id, role, visible_from_seq, read_seq, last_seq, unread_count, ...marks };
}

/** What was erased had a text, and of a channel no text is told in a log. */
async function isChannel(store: EventStore, { decided }: FoldedChat): Promise<boolean> {
  const stored = await store.read(decided.stream, decided.sequence);
  return stored?.decision.header.channel === true;
}

/** An account's every decision carries it whole. */
async function devicesOf(store: EventStore, { account }: LogFold): Promise<readonly Device[]> {
  if (account === null) return [];
  const stored = await store.read(account.stream, account.sequence);
  if (stored === null)
    throw new StoreDamaged(`${account.stream}:${account.sequence} is missing, and a log tells of it`);
  const state = restoreAccount(stored.decision as AccountDecision);
  return state.status === 'none' ? [] : state.devices;
}
