/** Seen failing without a list told to the next session, with answers to a list that was replaced, and without trying again. */
import { expect, test } from 'vitest';
import type { PresenceView } from '#protocol/methods/presence.js';
import { OdnixError } from './odnix-error.js';
import { Presence } from './presence.js';
import { VirtualEnvironment } from './testing/virtual-environment.js';

const online = (user_id: string): PresenceView => ({ user_id, status: 'online' });

/** A server that answers that all are online, when it is let; `fails` with this code, if any. */
function world() {
  const environment = new VirtualEnvironment(1);
  const asked: (readonly string[] | string)[] = [];
  const told: PresenceView[] = [];
  const gates: (() => void)[] = [];
  const server = { fails: null as 'RATE_LIMITED' | 'METHOD_NOT_FOUND' | null, waits: false };
  const presence = new Presence({
    environment,
    watch: async (userIds) => {
      asked.push(userIds);
      const { fails } = server;
      if (server.waits) await new Promise<void>((resolve) => gates.push(resolve));
      if (fails) throw new OdnixError(fails, fails, { retryable: fails === 'RATE_LIMITED' });
      return userIds.map(online);
    },
    set: async (status) => asked.push(status),
    onChanged: (view) => told.push(view),
  });
  return { environment, presence, asked, told, server, gates };
}

test('a list is told once there is a session, and again to each new one; without one nothing is known', async () => {
  const { environment, presence, asked, told } = world();
  presence.watch(['a', 'b', 'a']);
  expect(asked).toEqual([]);
  presence.opened(200);
  await environment.pass(0);
  expect([asked, told]).toEqual([[['a', 'b']], [online('a'), online('b')]]);
  presence.offline();
  expect(presence.get('a')).toBeUndefined();
  presence.opened(200);
  await environment.pass(0);
  expect([asked.length, told.length, presence.get('b')]).toEqual([2, 4, online('b')]);
});

test('what is told is passed on when it is another than before, and of those in the list alone', async () => {
  const { environment, presence, told } = world();
  presence.opened(200);
  presence.watch(['a']);
  await environment.pass(0);
  presence.heard(online('a'));
  presence.heard(online('x'));
  presence.heard({ user_id: 'a', status: 'offline', last_seen_ms: 7 });
  expect(told).toEqual([online('a'), { user_id: 'a', status: 'offline', last_seen_ms: 7 }]);
  presence.watch([]);
  expect(presence.get('a')).toBeUndefined();
});

test('the answer to a list that was replaced is not listened to', async () => {
  const { environment, presence, told, server, gates } = world();
  presence.opened(200);
  server.waits = true;
  presence.watch(['a', 'b']);
  presence.watch(['b']);
  presence.heard({ user_id: 'b', status: 'offline', last_seen_ms: 3 });
  gates[0]!();
  await environment.pass(0);
  expect(told).toEqual([{ user_id: 'b', status: 'offline', last_seen_ms: 3 }]);
});

test('what is retryable is tried again, nothing else; a server takes so many, and one without it is not asked', async () => {
  const { environment, presence, asked, server } = world();
  presence.opened(1);
  server.fails = 'RATE_LIMITED';
  presence.watch(['a', 'b']);
  await environment.pass(0);
  server.fails = null;
  await environment.pass(60_000);
  expect(asked).toEqual([['a'], ['a']]);
  server.fails = 'METHOD_NOT_FOUND';
  presence.watch(['b']);
  await environment.pass(60_000);
  expect(asked).toHaveLength(3);
  presence.offline();
  presence.opened(0);
  presence.watch(['c']);
  await environment.pass(60_000);
  expect(asked).toHaveLength(3);
});

test('that nobody looks is told to each session; a new one begins with somebody looking', async () => {
  const { environment, presence, asked } = world();
  presence.set('offline');
  presence.opened(200);
  await environment.pass(0);
  presence.offline();
  presence.opened(200);
  presence.set('online');
  presence.offline();
  presence.opened(200);
  await environment.pass(0);
  expect(asked).toEqual(['offline', 'offline', 'online']);
});
