/**
 * A replica that lags answers for the head: no session is told less than it was sent, and nothing that stands in the log is refused
 * as the future. Seen failing with the head taken from whichever replica answers, in `getState` and before each refusal.
 */
import { expect, test } from 'vitest';
import { emptyLogHash, entryHash } from '#domain/user-log/entry.js';
import type { DirectGet } from '#streams/direct-get.js';
import { LastMessages } from '#streams/last-messages.js';
import { sha256 } from '#streams/sha256.js';
import { userSubject } from '#streams/subjects.js';
import type { UserLog } from '#streams/user-log.js';
import type { Ask } from './ask.js';
import { Caller } from './caller.js';
import { LogReader } from './log-reader.js';
import { Resume } from './resume.js';
import { SyncTokens } from './sync-tokens.js';
import { UpdatesMethods, type UserLogServices } from './updates-methods.js';

const user_id = '0190f3a0-0000-7000-8000-000000000001';
const device_id = '0190f3a0-0000-7000-8000-000000000002';

function messageAt(pts: number) {
  const hashed = {
    pts,
    kind: 'read.inbox' as const,
    date_ms: pts,
    chat_id: user_id,
    chat_pts: pts,
    seq: pts,
  };
  const hash = entryHash(sha256, emptyLogHash, hashed);
  const entry = { format: 1, ...hashed, source: { stream: 'RECEIPT_0', sequence: pts, index: 0 }, hash };
  const data = new TextEncoder().encode(JSON.stringify(entry));
  return { subject: userSubject(user_id), sequence: pts, data };
}

/** The leader has more than the replica that is asked when nobody insists. */
function edge({ replica, leader }: { replica: number; leader: number }) {
  const asked = { leader: 0 };
  const direct = {
    getLastBySubject: (_stream: string, _subject: string, options?: { leader?: boolean }) => {
      if (options?.leader) asked.leader += 1;
      return Promise.resolve(messageAt(options?.leader ? leader : replica));
    },
  } as unknown as DirectGet;
  const reader = new LogReader({} as UserLog, direct, new LastMessages(direct), 1);
  const epochs = { epochOf: () => Promise.resolve(1) };
  const tokens = new SyncTokens({ current: 1, keys: new Map([[1, new Uint8Array(32)]]) });
  const resume = new Resume(reader, epochs as never, tokens, {} as Ask);
  const catchUp = { reader, updatesAfter: () => Promise.resolve({ items: [], more: false }) };
  const services = { catchUp, resume, epochs, tokens, acknowledge: {} } as unknown as UserLogServices;
  return { updates: new UpdatesMethods(services), asked };
}

function session(): Caller {
  const caller = new Caller({} as Ask);
  caller.identity = { user_id, device_id };
  return caller;
}

const pushed = (caller: Caller, pts: number): void =>
  caller.seen.addUpdate({ source: { stream: 'RECEIPT_0', sequence: pts }, pts });

test('what a session was sent is in what it is told next', async () => {
  const { updates } = edge({ replica: 4, leader: 6 });
  const caller = session();
  pushed(caller, 5);
  expect(await updates.getState(caller)).toMatchObject({ pts: 6 });
  expect(await updates.getDifference(caller, { pts: 6 })).toMatchObject({ type: 'empty', pts: 6 });
});

test('a state that was told is not taken back', async () => {
  const { updates } = edge({ replica: 4, leader: 6 });
  const caller = session();
  caller.seen.reach(4);
  expect(await updates.getState(caller)).toMatchObject({ pts: 4 });
  pushed(caller, 6);
  pushed(caller, 5);
  expect(await updates.getState(caller)).toMatchObject({ pts: 6 });
});

test('what is there is not refused as the future, and what is not there is', async () => {
  const { updates, asked } = edge({ replica: 4, leader: 6 });
  await updates.mustReach(user_id, 4);
  expect(asked.leader).toBe(0);
  await updates.mustReach(user_id, 6);
  const future = { error: { code: 'PTS_FROM_FUTURE', details: { pts: 6 } } };
  await expect(updates.mustReach(user_id, 7)).rejects.toMatchObject(future);
  await expect(updates.getDifference(session(), { pts: 7 })).rejects.toMatchObject(future);
});
