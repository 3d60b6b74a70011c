import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migratedDatabase, type MigratedDatabase } from '../test/support/migrated-database.js';
import {
  acquireLease,
  advanceCheckpoint,
  CheckpointLost,
  releaseLease,
  renewLeases,
  type Lease,
} from './checkpoint.js';

let database: MigratedDatabase;
beforeAll(async () => {
  database = await migratedDatabase();
});
afterAll(() => database.drop());

const keyOf = () => ({ projection: 'chats', version: 1, stream: `CHAT_${randomUUID()}` });
const acquire = (key: ReturnType<typeof keyOf>, holder: string) => acquireLease(database.db, key, holder);
const advance = (lease: Lease, to: number) =>
  database.db.transaction().execute((tx) => advanceCheckpoint(tx, lease, to));
const expire = (stream: string) =>
  sql`update odnix.checkpoints set lease_expires_at = '-infinity' where stream = ${stream}`.execute(
    database.db,
  );

async function acquired(key: ReturnType<typeof keyOf>, holder: string): Promise<Lease> {
  const lease = await acquire(key, holder);
  expect(lease).not.toBeNull();
  return lease!;
}

describe('checkpoint', () => {
  it('one holder at a time; released or expired, it goes to the next with a greater fence', async () => {
    const [key, one, other] = [keyOf(), randomUUID(), randomUUID()];
    const lease = await acquired(key, one);
    expect(lease).toEqual({ ...key, fence: 1, sequence: 0 });
    expect(await acquire(key, other)).toBeNull();
    await releaseLease(database.db, await advance(lease, 7));
    expect(await acquired(key, other)).toEqual({ ...key, fence: 2, sequence: 7 });
    await expire(key.stream);
    expect(await acquired(key, one)).toEqual({ ...key, fence: 3, sequence: 7 });
  });

  it('of two that begin at the same place, one wins and the other throws', async () => {
    const key = keyOf();
    const lease = await acquired(key, randomUUID());
    const outcomes = await Promise.allSettled([advance(lease, 5), advance(lease, 5), advance(lease, 6)]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(CheckpointLost);
    }
  });

  // Seen failing without the condition on lease_fence.
  it('an earlier holder cannot go on after a take-over, even from the right place', async () => {
    const key = keyOf();
    const before = await acquired(key, randomUUID());
    await expire(key.stream);
    await acquired(key, randomUUID());
    await expect(advance(before, 1)).rejects.toThrow(CheckpointLost);
  });

  it('renewing keeps what runs and does not bring back what expired', async () => {
    const [running, expired, holder] = [keyOf(), keyOf(), randomUUID()];
    await acquired(running, holder);
    await acquired(expired, holder);
    await expire(expired.stream);
    await renewLeases(database.db, holder);
    expect(await acquire(running, randomUUID())).toBeNull();
    expect(await acquire(expired, randomUUID())).not.toBeNull();
  });
});
