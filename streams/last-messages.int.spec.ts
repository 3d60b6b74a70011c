/**
 * Many subjects' last messages, asked for one by one. Seen failing with answers given by place instead of by subject, and
 * with what waits not read after a failure.
 */
import { v7 as uuidV7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NatsConnection } from '@nats-io/nats-core';
import { startNats, type TestNats } from '../test/support/servers.js';
import { applyTopology } from './apply-topology.js';
import { connectNats } from './connection.js';
import { DirectGet } from './direct-get.js';
import { StoreUnavailable } from './event-store.js';
import { LastMessages } from './last-messages.js';
import { publishOne } from './publish-one.js';
import { userSubject } from './subjects.js';

const stream = 'USER_0';
let nats: TestNats;
let nc: NatsConnection;
let requests: number;

beforeAll(async () => {
  nats = await startNats({ fsync: false });
  nc = await connectNats(nats.url);
  await applyTopology(nc, { streamsPerFamily: 1, replicas: 1 });
});
afterAll(async () => {
  await nc?.close();
  await nats?.stop();
});

class CountingGet extends DirectGet {
  override getLastForSubjects(...asked: Parameters<DirectGet['getLastForSubjects']>) {
    requests += 1;
    return super.getLastForSubjects(...asked);
  }
  override getLastBySubject(...asked: Parameters<DirectGet['getLastBySubject']>) {
    requests += 1;
    return super.getLastBySubject(...asked);
  }
}

test('everybody gets their own, those without any null, in a few requests; a lone one at once', async () => {
  requests = 0;
  const users = Array.from({ length: 300 }, () => uuidV7());
  const write = async (user: string, text: string) => {
    const data = new TextEncoder().encode(text);
    expect(await publishOne(nc, { subject: userSubject(user), data })).toMatchObject({ ok: true });
  };
  for (const user of users.slice(0, 250)) await write(user, 'older');
  for (const user of users.slice(0, 250)) await write(user, user);
  const lasts = new LastMessages(new CountingGet(nc));
  const asked = [...users, ...users.slice(0, 50)];
  const found = await Promise.all(asked.map((user) => lasts.lastOf(stream, userSubject(user))));
  const texts = found.map((message) => message && new TextDecoder().decode(message.data));
  expect(texts).toEqual(asked.map((user) => (users.indexOf(user) < 250 ? user : null)));
  expect(requests).toBeLessThanOrEqual(3);
  expect(await lasts.lastOf(stream, userSubject(users[0]!))).not.toBeNull();
  expect(requests).toBeLessThanOrEqual(4);
});

test('a failure is told to those it concerns, and the next are served', async () => {
  const direct = new DirectGet(nc);
  const lasts = new LastMessages(direct);
  const failing = lasts.lastOf('USER_9', userSubject(uuidV7()));
  await expect(failing).rejects.toBeInstanceOf(StoreUnavailable);
  await expect(lasts.lastOf('USER_9', userSubject(uuidV7()))).rejects.toBeInstanceOf(StoreUnavailable);
  expect(await lasts.lastOf(stream, userSubject(uuidV7()))).toBeNull();
});
