/**
 * What is left of a device after the server ended its session. Seen failing with the credentials kept, with the store kept, with
 * everything forgotten at any final close, with the close's reason lost, and with a client that closes its store meanwhile.
 */
import { expect, test } from 'vitest';
import { closeCodes } from '#protocol/errors.js';
import { MemoryStore } from './local-store.js';
import { life, tinyWorld, within } from './testing/client-life.js';
import { chat_id } from './testing/tiny-server.js';

async function ended(code: number, reason: string) {
  const { environment, server } = tinyWorld(1);
  const store = new MemoryStore();
  const { client, seen, credentials } = await life(environment, store);
  const told: unknown[] = [];
  client.on('signed_out', (event) => told.push(event));
  await environment.pass(2_000);
  await within(environment, client.send(chat_id, 'stored'));
  await environment.pass(2_000);
  // What waits for its answer is among what goes.
  const { sent } = await within(environment, client.send(chat_id, 'waiting'));
  sent.catch(() => undefined);
  server.endSessions(code, reason);
  await environment.pass(60_000);
  expect([client.connection.status, seen]).toEqual(['stopped', []]);
  return { told, credentials: credentials(), records: (await store.load()).size };
}

test('a device that the server signs out is told why, and keeps neither credentials nor anything that it stored', async () => {
  const { told, credentials, records } = await ended(closeCodes.device_revoked, 'refresh_token_reused');
  expect([told, credentials, records]).toEqual([[{ reason: 'refresh_token_reused' }], null, 0]);
});

test('a client that is closed meanwhile has forgotten everything when it is', async () => {
  const { environment, server } = tinyWorld(2);
  const store = new MemoryStore();
  const { client, seen } = await life(environment, store);
  await environment.pass(2_000);
  await within(environment, client.send(chat_id, 'stored'));
  await environment.pass(2_000);
  const isSigningOut = new Promise((resolve) =>
    client.on('connection', ({ status }) => status === 'stopped' && resolve(status)),
  );
  server.endSessions(closeCodes.device_revoked, 'signed_out');
  await within(environment, isSigningOut);
  const left = client.close().then(async () => (await store.load()).size);
  expect([await within(environment, left), seen]).toEqual([0, []]);
});

test('one that is merely closed for good keeps everything', async () => {
  const { told, credentials, records } = await ended(closeCodes.protocol_violation, 'x');
  expect([told, credentials]).toEqual([[], expect.objectContaining({ refresh_token: 'r' })]);
  expect(records).toBeGreaterThan(0);
});
