/** What must hold of recorded devices and acknowledgements, whatever happened to the servers. Shares no code with them. */
import { expect } from 'vitest';
import type { Acknowledged } from './person.js';
import { emptyHash, nextHash } from '../drill/checker/running-hash.js';
import { ReferenceState } from './reference-fold.js';
import type { WireUpdate } from './wire-client.js';

/** I2: 1, 2, 3, ... and nothing else. */
export function expectContiguous(log: readonly WireUpdate[], whose: string): void {
  const holes = log.filter(({ pts, pts_count }, index) => pts !== index + 1 || pts_count !== 1);
  expect(
    holes.map(({ pts }) => pts),
    `${whose}: pts out of line`,
  ).toEqual([]);
}

/**
 * Two devices of one user were sent the same. Two things may differ: the token, which may be made anew, and a message
 * that was deleted later, which one device met as text and the other, coming after, as its tombstone (of which the log
 * of somebody who left in between tells nothing else).
 */
export function expectEqualLogs(
  one: readonly WireUpdate[],
  other: readonly WireUpdate[],
  whose: string,
): void {
  const compared = withoutDeleted([...one, ...other]);
  expect(one.map(compared), `${whose}: devices differ`).toEqual(other.map(compared));
}

function withoutDeleted(logs: readonly WireUpdate[]): (item: WireUpdate) => unknown {
  const name = ({ chat_id, seq }: Record<string, unknown>) => `${String(chat_id)} ${String(seq)}`;
  const tombstones = logs.filter(({ update: { type, message } }) => {
    return type === 'message.deleted' || (message as { deleted?: boolean } | undefined)?.deleted;
  });
  const deleted = new Set(tombstones.map(({ update }) => name(update)));
  return ({ sync_token: _token, update, ...rest }) => {
    const { message: _message, ...about } = update;
    return deleted.has(name(update)) ? { ...rest, update: about } : { ...rest, update };
  };
}

/** The log's running hash as docs/sync.md tells clients to compute it. */
export function runningHash(log: readonly WireUpdate[]): string {
  return log.reduce(nextHash, emptyHash).toString('base64url');
}

/** I1, I3: every acknowledged message is there once, at its seq, with its text, and no key twice. */
export function expectAcknowledged(acknowledged: readonly Acknowledged[], log: readonly WireUpdate[]): void {
  const sent = log
    .filter(({ update }) => update.type === 'message.new')
    .map(({ update }) => update.message as any);
  const byKey = new Map<string, any[]>();
  for (const message of sent) {
    const key = `${message.chat_id} ${message.sender_id} ${message.client_msg_id}`;
    byKey.set(key, [...(byKey.get(key) ?? []), message]);
  }
  const doubled = [...byKey.entries()].filter(([, messages]) => messages.length > 1).map(([key]) => key);
  expect(doubled, 'doubled messages').toEqual([]);
  const wrong = acknowledged.filter(({ chat_id, sender_id, client_msg_id, seq, text }) => {
    const message = byKey.get(`${chat_id} ${sender_id} ${client_msg_id}`)?.[0];
    return message?.seq !== seq || message?.content?.text !== text;
  });
  expect(wrong, 'acknowledged but lost or changed').toEqual([]);
}

/** I4: in the log a chat's messages stand in seq order without holes, and chat_pts never goes back. */
export function expectOrdered(log: readonly WireUpdate[]): void {
  const seqs = new Map<string, number>();
  const chatPts = new Map<string, number>();
  for (const { update, pts } of log) {
    const chat = String(update.chat_id);
    if (update.type === 'chat.new') seqs.set(chat, (update.chat as any).last_seq);
    if (update.type === 'message.new') {
      expect(update.seq, `pts ${pts}: seq out of line in ${chat}`).toBe((seqs.get(chat) ?? 0) + 1);
      seqs.set(chat, Number(update.seq));
    }
    if (
      update.chat_pts === undefined ||
      /^(read|delivered)\.|^chat\.settings$|^messages\.hidden$/.test(update.type)
    )
      continue;
    expect(Number(update.chat_pts), `pts ${pts}: chat_pts went back in ${chat}`).toBeGreaterThan(
      chatPts.get(chat) ?? 0,
    );
    chatPts.set(chat, Number(update.chat_pts));
  }
}

/**
 * I5: what a snapshot and the updates after it fold to is what all updates fold to; but for messages from before the user came,
 * which a chat may show and no update brings.
 */
export function expectConverged(userId: string, pages: any[], log: readonly WireUpdate[]): void {
  const whole = new ReferenceState(userId).applyAll(log);
  const later = ReferenceState.ofSnapshot(userId, pages).applyAll(
    log.filter(({ pts }) => pts > pages[0].pts),
  );
  expect([...later.chats.keys()].sort(), `chats from the snapshot at ${pages[0].pts}`).toEqual(
    [...whole.chats.keys()].sort(),
  );
  const own = ({ contacts, privacy }: ReferenceState) => [Object.fromEntries(contacts), privacy];
  expect(own(later), `contacts and privacy from the snapshot at ${pages[0].pts}`).toEqual(own(whole));
  for (const [chatId, chat] of later.chats) {
    const { messages: expected, ...rest } = whole.chats.get(chatId)!;
    const { messages, ...found } = chat;
    expect(found, `chat ${chatId} from the snapshot at ${pages[0].pts}`).toEqual(rest);
    const came = log.findLast(({ update }) => update.type === 'chat.new' && update.chat_id === chatId)!;
    const told = [...messages].filter(([seq]) => seq > (came.update.chat as any).last_seq);
    for (const [seq, message] of told) {
      expect(message, `chat ${chatId} seq ${seq} from the snapshot at ${pages[0].pts}`).toEqual(
        expected.get(seq),
      );
    }
  }
}
