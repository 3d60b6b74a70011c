/**
 * Where the read model ends and the stream goes on. That the answers are the stream's is test/replay/far-behind's to say;
 * here are the answers that should never come. Seen failing with the hash of the tail's first entry not looked at.
 */
import { expect, test } from 'vitest';
import { emptyLogHash, entryHash, type UserLogEntry } from '#domain/user-log/entry.js';
import type { LogReadResult } from '#protocol/internal-requests.js';
import type { DirectGet } from '#streams/direct-get.js';
import { StoreDamaged } from '#streams/event-store.js';
import { LastMessages } from '#streams/last-messages.js';
import { nothingSeen } from '#streams/requests.js';
import { sha256 } from '#streams/sha256.js';
import { userSubject } from '#streams/subjects.js';
import type { UserLog } from '#streams/user-log.js';
import { FarLog } from './far-log.js';
import { logStart } from './log-position.js';
import { LogDiverged, LogReader } from './log-reader.js';

const user = '0190f3a0-0000-7000-8000-000000000001';

/** A log of cursors; `word` makes another past of it. */
function log(length: number, word = 'one'): UserLogEntry[] {
  const entries: UserLogEntry[] = [];
  for (let pts = 1; pts <= length; pts++) {
    const hashed = { pts, kind: 'read.inbox' as const, date_ms: pts, chat_id: word, chat_pts: pts, seq: pts };
    const hash = entryHash(sha256, entries.at(-1)?.hash ?? emptyLogHash, hashed);
    entries.push({ format: 1, ...hashed, source: { stream: 'RECEIPT_0', sequence: pts, index: 0 }, hash });
  }
  return entries;
}

/** Every entry stands at its pts; the tables have the first `covered`. */
function farLog(rows: readonly UserLogEntry[], stream: readonly UserLogEntry[], covered: number): FarLog {
  const items = rows.slice(0, covered).map((entry) => ({ sequence: entry.pts, entry }));
  const result: LogReadResult = { items, cut: false, covered_to: covered };
  const seen = nothingSeen;
  const ask = { query: () => Promise.resolve({ result: { ...result }, seen }) };
  const entries = (
    _stream: string,
    _user: string,
    { fromSequence, max }: { fromSequence: number; max: number },
  ) =>
    Promise.resolve({
      entries: stream
        .slice(fromSequence - 1, fromSequence - 1 + max)
        .map((entry) => ({ user_id: user, sequence: entry.pts, entry })),
      pendingCount: 0,
    });
  const getBySequence = (_stream: string, sequence: number) => {
    const data = new TextEncoder().encode(JSON.stringify(stream[sequence - 1]));
    return Promise.resolve({ subject: userSubject(user), sequence, data });
  };
  const nowhere = { getBySequence } as unknown as DirectGet;
  const reader = new LogReader({ entries } as unknown as UserLog, nowhere, new LastMessages(nowhere), 1);
  return new FarLog(ask, reader);
}

const request = { max: 100, events: true, seen: nothingSeen, tailMax: 50, end: 20 };

test('rows, then the stream behind them', async () => {
  const whole = log(20);
  const { entries, more } = await farLog(whole, whole, 12).entriesAfter(user, logStart, request);
  expect(entries.map(({ entry }) => entry)).toEqual(whole);
  expect(more).toBe(false);
});

test('a stream that does not go on from the rows, though it numbers on, is damage', async () => {
  const read = farLog(log(20), log(20, 'another'), 12).entriesAfter(user, logStart, request);
  await expect(read).rejects.toBeInstanceOf(StoreDamaged);
});

test('a hole is damage, in the rows as behind them', async () => {
  const whole = log(20);
  const holed = whole.toSpliced(5, 1);
  await expect(farLog(holed, whole, 12).entriesAfter(user, logStart, request)).rejects.toBeInstanceOf(
    StoreDamaged,
  );
  const late = whole.toSpliced(12, 1);
  await expect(farLog(whole, late, 12).entriesAfter(user, logStart, request)).rejects.toBeInstanceOf(
    StoreDamaged,
  );
});

test('what the stream holds and the rows do not is damage, not another past', async () => {
  const [rows, stream] = [log(20, 'another'), log(20)];
  const at = { pts: 1, sequence: 1, hash: stream[0]!.hash, dateMs: 0 };
  await expect(farLog(rows, stream, 12).entriesAfter(user, at, request)).rejects.toBeInstanceOf(StoreDamaged);
  await expect(farLog(rows, rows, 12).entriesAfter(user, at, request)).rejects.toBeInstanceOf(LogDiverged);
});
