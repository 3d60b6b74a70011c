import { expect, test } from 'vitest';
import { protocol_version } from '#protocol/version.js';
import { incompatibility } from './compatible-protocol.js';
import { MemoryStore } from './local-store.js';
import { life, tinyWorld } from './testing/client-life.js';

test.for([undefined, { major: 1, minor: 0 }, { major: 1, minor: 99 }, protocol_version])(
  'works with %j',
  (version) => {
    expect(incompatibility(version)).toBeNull();
  },
);

test.for([
  [{ major: 0, minor: 9 }, 'update the server'],
  [{ major: 2, minor: 0 }, 'update the app'],
] as const)('does not work with %j: %s', ([version, advice]) => {
  expect(incompatibility(version)).toMatchObject({ code: 'SERVER_INCOMPATIBLE', retryable: false });
  expect(incompatibility(version)?.message).toContain(advice);
});

test('stops at a server that it cannot work with, and takes nothing from it', async () => {
  const { environment, server } = tinyWorld(1);
  server.protocol = { major: 2, minor: 0 };
  const { client } = await life(environment, new MemoryStore());
  await environment.pass(60_000);
  expect(client.connection).toMatchObject({ status: 'stopped', error: { code: 'SERVER_INCOMPATIBLE' } });
  expect([client.pts, client.chats()]).toEqual([0, []]);
  await expect(client.call('session.ping', {})).rejects.toMatchObject({ code: 'SERVER_INCOMPATIBLE' });
});
