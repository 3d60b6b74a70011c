/** What people ask for: the projections, and the log itself. */
import { setTimeout as pause } from 'node:timers/promises';
import { readMessage } from '../checker/read-check.js';
import type { SnapshotPage } from '../records.js';
import { act, type Action, type Actor } from './actor.js';
import { noMarks, type KnownChat } from './known-chat.js';
import { someChat } from './writing.js';
import type { Answer } from './wire-socket.js';

const page_messages = 20;
const snapshot_pause_ms = 15_000;
const away_ms_max = 45_000;
const look_ms = 250;

/** The latest page: it must reach what this session has seen. */
export const history: Action = (actor) => {
  const chat = someChat(actor);
  if (chat === undefined || chat.lastSeq === 0) return null;
  const params = { chat_id: chat.chatId, limit: page_messages };
  const keep = ({ messages }: Answer) => ({
    last_seq: messages.at(-1)?.seq ?? 0,
    messages: messages.map(readMessage),
  });
  const seen = () => ({ seen_seq: nowKnown(actor, chat).seenSeq });
  return act(actor, { method: 'messages.history', params, keep, seen });
};

export const look: Action = (actor) => {
  const chat = someChat(actor);
  if (chat === undefined) return null;
  const isSteady = actor.chats.get(chat.chatId)?.isSteady === true;
  const seen = () => {
    const { seenSeq, marks } = nowKnown(actor, chat);
    return { seen_seq: seenSeq, ...(isSteady ? { seen_marks: { ...marks } } : {}) };
  };
  const keep = (answer: Answer) => {
    const { last_seq, read_outbox_seq, delivered_outbox_seq } = answer['chat'];
    return { last_seq, read_outbox_seq, delivered_outbox_seq };
  };
  return act(actor, { method: 'chats.get', params: { chat_id: chat.chatId }, keep, seen });
};

/** Whoever was removed and added again between two attempts has begun that chat anew. */
const nowKnown = ({ device }: Actor, chat: KnownChat): KnownChat =>
  device.log.chats.get(chat.chatId) ?? { ...chat, seenSeq: 0, marks: noMarks() };

export const list: Action = (actor) =>
  act(actor, { method: 'chats.list', params: {}, keep: ({ chats }) => ({ count: chats.length }) });

/** From a token of a little while ago, as after a hole. */
export const difference: Action = (actor) => {
  const [sync_token] = actor.device.log.tokens;
  if (sync_token === undefined) return null;
  const keep = ({ type, updates }: Answer) => ({ type, count: updates.length });
  return act(actor, { method: 'updates.getDifference', params: { sync_token, limit: 100 }, keep });
};

/** Goes away without a word and comes back with its token: a shallow catch-up. */
export const reconnect: Action = ({ device }) => {
  device.drop();
  return Promise.resolve();
};

/** For a while: what is under way on this device is given up, and it has much to catch up. */
export const stayAway: Action = ({ device, random, isPatient }) => {
  if (!device.isReady) return null;
  const until = performance.now() + 2_000 + random.integer(away_ms_max - 2_000);
  return device.stop().then(async () => {
    while (isPatient() && performance.now() < until) await pause(look_ms);
    device.start();
  });
};

export const snapshot: Action = (actor) => {
  const nowMs = actor.device.options.journal.nowMs();
  if (nowMs - actor.lastSnapshotMs < snapshot_pause_ms) return null;
  actor.lastSnapshotMs = nowMs;
  return takeSnapshot(actor, 3, false);
};

/** All pages, recorded as one snapshot when all of them were answered. */
export async function takeSnapshot(actor: Actor, chats_limit: number, is_final: boolean): Promise<boolean> {
  const { journal } = actor.device.options;
  const at_ms = journal.nowMs();
  const pages: SnapshotPage[] = [];
  let cursor: string | undefined;
  do {
    let page: Answer | undefined;
    const keep = (answer: Answer) => ((page = answer), { chats: answer['chats'].length });
    const params = {
      chats_limit,
      messages_limit: page_messages,
      ...(cursor === undefined ? {} : { cursor }),
    };
    await act(actor, { method: 'sync.snapshot', params, keep });
    if (page === undefined) return false;
    pages.push({ pts: page['pts'], hash: page['hash'], chats: page['chats'] });
    cursor = page['next_cursor'];
  } while (cursor !== undefined);
  journal.write({ kind: 'snapshot', user: actor.device.userId, at_ms, is_final, pages });
  return true;
}
