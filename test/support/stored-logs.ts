/**
 * The users' logs as they stand in the USER streams, checked without the timeline's own code: numbering, hash chain, and
 * that every entry that the chats' history asks for is there, once, in the chat's order.
 */
import { createHash } from 'node:crypto';
import type { NatsConnection } from '@nats-io/nats-core';
import { expect } from 'vitest';
import { decodeDecision } from '#domain/catalogue.js';
import { entriesOfDecision, type ChatDecision, type Member } from '#domain/chat/index.js';
import { emptyLogHash, entryHash, type UserLogEntry } from '#domain/user-log/index.js';
import { DirectGet } from '#streams/direct-get.js';
import { idOfSubject } from '#streams/subjects.js';
import { UserLog } from '#streams/user-log.js';

export type Logs = ReadonlyMap<string, readonly UserLogEntry[]>;

const cursors = ['read.inbox', 'read.outbox', 'delivered.outbox'];

export async function storedLogs(nc: NatsConnection, streamsPerFamily: number): Promise<Logs> {
  const log = new UserLog(nc, new DirectGet(nc));
  const logs = new Map<string, UserLogEntry[]>();
  for (let index = 0; index < streamsPerFamily; index++) {
    const stream = `USER_${index}`;
    for await (const page of log.scan(stream, 1, await log.lastSequence(stream))) {
      for (const message of page) {
        if (message.kind !== 'entry') continue;
        logs.set(message.user_id, [...(logs.get(message.user_id) ?? []), message.entry]);
      }
    }
  }
  return logs;
}

/** I2: 1, 2, 3, ... with a right hash chain, and no event twice. */
export function expectWhole(logs: Logs): void {
  for (const [userId, entries] of logs) {
    let hash = emptyLogHash;
    const met = new Set<string>();
    for (const [i, entry] of entries.entries()) {
      expect(entry.pts, `pts of ${userId}`).toBe(i + 1);
      hash = entryHash(sha256, hash, entry);
      expect(entry.hash, `hash of ${userId} at ${entry.pts}`).toBe(hash);
      const { stream, sequence, index } = entry.source;
      const key = `${stream} ${sequence} ${index} ${entry.kind} ${entry.chat_id}`;
      expect(met.has(key), `${userId} has ${key} twice`).toBe(false);
      met.add(key);
    }
  }
}

/**
 * Whether the logs hold what the CHAT streams ask for, cursors left out: every entry, once, in each chat's order (I4).
 * Null, or where they differ first.
 */
export async function differenceToChats(
  nc: NatsConnection,
  streamsPerFamily: number,
  logs: Logs,
): Promise<string | null> {
  const expected = await expectedOfChats(nc, streamsPerFamily);
  const stored = new Map<string, string[]>();
  for (const [userId, entries] of logs) {
    for (const entry of entries) {
      if (entry.chat_id === undefined || cursors.includes(entry.kind)) continue;
      push(stored, `${userId} ${entry.chat_id}`, line(entry));
    }
  }
  for (const key of new Set([...expected.keys(), ...stored.keys()])) {
    const [wanted, found] = [expected.get(key) ?? [], stored.get(key) ?? []];
    for (let i = 0; i < Math.max(wanted.length, found.length); i++) {
      if (wanted[i] !== found[i])
        return `${key}: ${found[i] ?? 'nothing'} instead of ${wanted[i] ?? 'nothing'}`;
    }
  }
  return null;
}

async function expectedOfChats(nc: NatsConnection, streamsPerFamily: number): Promise<Map<string, string[]>> {
  const expected = new Map<string, string[]>();
  const directGet = new DirectGet(nc);
  const log = new UserLog(nc, directGet);
  const membersOf = new Map<string, Map<string, Member>>();
  for (let index = 0; index < streamsPerFamily; index++) {
    const stream = `CHAT_${index}`;
    const last = await log.lastSequence(stream);
    for (let from = 1; from <= last;) {
      const { messages } = await directGet.getBatch(stream, { subject: '>', startSequence: from, max: 500 });
      for (const { data, subject, sequence } of messages) {
        const decision = decodeDecision(data) as ChatDecision;
        const chatId = idOfSubject(subject);
        if (decision.members)
          membersOf.set(chatId, new Map(decision.members.map((one) => [one.user_id, one])));
        for (const draft of entriesOfDecision(decision, membersOf.get(chatId)!, chatId).flat()) {
          push(expected, `${draft.user_id} ${chatId}`, line(draft));
        }
        from = sequence + 1;
      }
    }
  }
  return expected;
}

const line = ({ kind, chat_pts, seq }: Pick<UserLogEntry, 'kind' | 'chat_pts' | 'seq'>) =>
  `${chat_pts} ${kind} ${seq ?? '-'}`;

function push(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

const sha256 = (...parts: readonly (string | Uint8Array)[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
