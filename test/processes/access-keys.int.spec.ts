/**
 * Keys of access tokens over real NATS: some that sign, as apis do, and one that checks, as a gateway does.
 *
 * Seen failing with the ring changed without a condition, with the private half stored as it is, with `destroy`
 * left out, with retired keys accepted, and without the regular look (a change that nobody was told of).
 */
import type { NatsConnection } from '@nats-io/nats-core';
import { decodeProtectedHeader } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { AccessKeys } from '#edge/access-keys.js';
import { AccessTokens } from '#edge/access-token.js';
import { KeyRingStore } from '#edge/key-ring-store.js';
import { withKey, withRetired } from '#edge/key-ring.js';
import { deriveSecrets } from '#edge/secrets.js';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import { DirectGet } from '#streams/direct-get.js';
import { publishOne } from '#streams/publish-one.js';
import { accessKeysSubject, signing_keys_stream, signingKeySubject } from '#streams/subjects.js';
import { adminContext } from '../support/admin-context.js';
import type { MigratedDatabase } from '../support/migrated-database.js';
import { startNats, type TestNats } from '../support/servers.js';
import { listKeysOperation } from '../../apps/admin/keys/list-keys.js';
import { retireKeyOperation } from '../../apps/admin/keys/retire-key.js';
import { rotateKeysOperation } from '../../apps/admin/keys/rotate-keys.js';
import { SigningKeys } from '../../apps/api/signing-keys.js';

const seal = (byte: number) => deriveSecrets(new Uint8Array(32).fill(byte)).signingKeySeal;
const identity = {
  user_id: '0198c5a0-0000-7000-8000-000000000001',
  device_id: '0198c5a0-0000-7000-8000-000000000002',
};
const failed = vi.fn();
const look_again_ms = 100;
let nats: TestNats;
let nc: NatsConnection;
let elsewhere: NatsConnection;
let gateway: AccessKeys;
let tokens: AccessTokens;
const context = () => adminContext(nc, { db: null, url: '' } as unknown as MigratedDatabase);
const started: SigningKeys[] = [];
async function api(connection: NatsConnection, byte = 1): Promise<SigningKeys> {
  const keys = await AccessKeys.open(connection, failed);
  const signing = await SigningKeys.start(connection, keys, seal(byte), failed);
  started.push(signing);
  return signing;
}
const kidOf = (token: string): string => decodeProtectedHeader(token)['kid'] as string;
const storedPrivate = (kid: string) =>
  new DirectGet(nc).getLastBySubject(signing_keys_stream, signingKeySubject(kid), { leader: true });

beforeAll(async () => {
  nats = await startNats({ fsync: false });
  [nc, elsewhere] = await Promise.all([connectNats(nats.url), connectNats(nats.url)]);
  await applyTopology(nc, { streamsPerFamily: 1, replicas: 1 });
  gateway = await AccessKeys.open(elsewhere, failed, look_again_ms);
  tokens = new AccessTokens(gateway);
});
beforeEach(() => failed.mockClear());
afterEach(() => started.splice(0).forEach((signing) => signing.close()));
afterAll(async () => {
  await Promise.all([nc?.close(), elsewhere?.close()]);
  await nats?.stop();
});

test('those that start at once sign with one key, which everybody knows', async () => {
  expect(await tokens.verify('a.b.c')).toBeNull();
  const apis = await Promise.all([nc, elsewhere, nc, elsewhere, nc, elsewhere].map((one) => api(one)));
  const signed = await Promise.all(apis.map((one) => one.sign(identity)));
  expect(new Set(signed.map(kidOf)).size).toBe(1);
  for (const token of signed) expect(await tokens.verify(token)).toMatchObject({ identity });
  const { keys } = gateway.jwks();
  expect(keys.map(({ kid }) => kid)).toEqual([kidOf(signed[0]!)]);
  expect(keys[0]).toMatchObject({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig' });
  expect(keys[0]).not.toHaveProperty('d');
});

test('the private half is of no use without the secret; whoever cannot open it makes another', async () => {
  const before = await (await api(nc)).sign(identity);
  // The DER of an Ed25519 private key begins alike, whatever the key.
  expect(Buffer.from((await storedPrivate(kidOf(before)))!.data).toString('hex')).not.toContain(
    '300506032b6570',
  );
  const moved = await api(elsewhere, 2);
  const after = await moved.sign(identity);
  expect(kidOf(after)).not.toBe(kidOf(before));
  for (const token of [before, after]) expect(await tokens.verify(token)).not.toBeNull();
});

test('rotating publishes the next key and leaves the present one signing; asked again it changes nothing', async () => {
  const one = await api(nc, 2);
  const present = await one.sign(identity);
  const { keys } = await rotateKeysOperation.run(context(), {});
  const next = keys.filter(({ state }) => state === 'next');
  expect(next).toHaveLength(1);
  expect(kidOf(await one.sign(identity))).toBe(kidOf(present));
  await vi.waitFor(() => expect(gateway.jwks().keys.map(({ kid }) => kid)).toContain(next[0]!.kid));
  expect(await rotateKeysOperation.run(context(), {})).toEqual(await listKeysOperation.run(context(), {}));
  // As if its time had come.
  await gateway.store.change((ring) => ({
    keys: ring.keys.map((key) =>
      key.kid === next[0]!.kid ? { ...key, signs_from_ms: Date.now() - 1 } : key,
    ),
  }));
  await vi.waitFor(async () => expect(kidOf(await one.sign(identity))).toBe(next[0]!.kid));
  expect(await tokens.verify(present)).toMatchObject({ identity });
  expect(await tokens.verify(await one.sign(identity))).toMatchObject({ identity });
  await vi.waitFor(async () => expect((await storedPrivate(kidOf(present)))!.data).toHaveLength(0));
});

test('a key that is retired is refused everywhere, its private half is gone, and another signs', async () => {
  const one = await api(nc, 2);
  const leaked = await one.sign(identity);
  await retireKeyOperation.run(context(), { key: kidOf(leaked) });
  await vi.waitFor(async () => expect(await tokens.verify(leaked)).toBeNull());
  expect(gateway.accepts(kidOf(leaked))).toBe(false);
  expect(gateway.jwks().keys.map(({ kid }) => kid)).not.toContain(kidOf(leaked));
  const fresh = await one.sign(identity);
  expect(kidOf(fresh)).not.toBe(kidOf(leaked));
  expect(await tokens.verify(fresh)).toMatchObject({ identity });
  await vi.waitFor(async () => expect((await storedPrivate(kidOf(leaked)))!.data).toHaveLength(0));
  const again = await retireKeyOperation.run(context(), { key: kidOf(leaked) });
  expect(again.keys.find(({ kid }) => kid === kidOf(leaked))).toMatchObject({ state: 'retired' });
  await expect(retireKeyOperation.run(context(), { key: 'x'.repeat(43) })).rejects.toThrow('there is no key');
});

test('changes that are made at the same time are all kept', async () => {
  const added = ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(43));
  const stores = added.map((_, index) => new KeyRingStore(index % 2 ? nc : elsewhere));
  const nowMs = Date.now();
  await Promise.all(
    added.map((kid, index) =>
      stores[index]!.change((ring) =>
        withKey(ring, { kid, x: kid, created_at_ms: nowMs, signs_from_ms: nowMs + 3_600_000 + index }),
      ),
    ),
  );
  const kids = (await gateway.store.read()).keys.map(({ kid }) => kid);
  expect(kids).toEqual(expect.arrayContaining(added));
});

test('what nobody was told of is seen all the same: a new key with its first token, a retired one a look later', async () => {
  const one = await api(nc, 2);
  const token = await one.sign(identity);
  expect(await tokens.verify(token)).not.toBeNull();
  const data = Buffer.from(JSON.stringify(withRetired(await gateway.store.read(), kidOf(token), Date.now())));
  expect(await publishOne(elsewhere, { subject: accessKeysSubject, data })).toMatchObject({ ok: true });
  await vi.waitFor(async () => expect(await tokens.verify(token)).toBeNull());
  expect(failed).not.toHaveBeenCalled();
});
