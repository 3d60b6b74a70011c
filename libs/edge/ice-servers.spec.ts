import { inspect } from 'node:util';
import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { IceServers } from './ice-servers.js';

const user = '01900000-0000-7000-8000-000000000001';
const now_ms = 1_700_000_000_500;
const turnSecret = 'shared-with-coturn';
const iceUrls = ['stun:a.example:3478', 'turn:a.example:3478?transport=udp', 'turns:a.example:5349'];

/** Seen failing: with the credential as hex, with the user's id in the clear, with the times of tokens (ms). */
test('credentials are those that coturn makes of the same secret, and tell no id', () => {
  const { ice_servers, expires_in_s } = new IceServers({ iceUrls, turnSecret }, () => now_ms).of(user);
  expect(ice_servers.map(({ urls }) => urls)).toEqual([[iceUrls[0]], iceUrls.slice(1)]);
  const [stun, turn] = ice_servers;
  expect(stun).not.toHaveProperty('username');
  const username = turn!.username!;
  expect(username).toMatch(/^1700003600:[0-9a-f]{16}$/);
  // lib/turn_rest: base64(HMAC-SHA1(secret, username)).
  expect(turn!.credential).toBe(createHmac('sha1', turnSecret).update(username).digest('base64'));
  expect(expires_in_s).toBe(3_600);
});

test('without any there are none, and without TURN there is nothing to expire', () => {
  expect(new IceServers({ iceUrls: [], turnSecret: 'none' }).of(user)).toEqual({ ice_servers: [] });
  const stun = new IceServers({ iceUrls: ['stun:a.example'], turnSecret: 'none' });
  expect(stun.of(user)).toEqual({ ice_servers: [{ urls: ['stun:a.example'] }] });
});

test('the secret is needed, and shown by nothing', () => {
  expect(() => new IceServers({ iceUrls, turnSecret: 'none' })).toThrow('needs TURN_SECRET');
  const servers = new IceServers({ iceUrls, turnSecret });
  expect(inspect(servers, { depth: 9, showHidden: true }) + JSON.stringify(servers)).not.toContain(
    turnSecret,
  );
});
