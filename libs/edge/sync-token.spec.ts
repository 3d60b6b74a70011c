import { expect, test } from 'vitest';
import { decodeSyncToken, encodeSyncToken } from './sync-token.js';

const keys = { current: 1, keys: new Map([[1, new Uint8Array(32).fill(7)]]) };
const user = '0198c5a0-0000-7000-8000-000000000001';
const position = { userId: user, epoch: 1, pts: 42, sequence: 1234, hash: 'AQIDBAUGBwg' };

test('a token says again what it was made of', () => {
  expect(decodeSyncToken(keys, user, encodeSyncToken(keys, position))).toEqual(position);
});

test('the stored form is frozen', () => {
  expect(encodeSyncToken(keys, position)).toMatchInlineSnapshot(
    `"AQEBmMWgAABwAIAAAAAAAAABAAAAAQAAAAAAAAAqAAAAAAAABNIBAgMEBQYHCGJXv6bV-fo3eH5OYxiwlV0"`,
  );
});

test('no changed bit, no other user, no other key and no other text of the same bytes passes', () => {
  const token = encodeSyncToken(keys, position);
  const bytes = Buffer.from(token, 'base64url');
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    expect(decodeSyncToken(keys, user, changed.toString('base64url')), `bit ${bit}`).toBeNull();
  }
  expect(decodeSyncToken(keys, user.replace(/1$/, '2'), token)).toBeNull();
  expect(decodeSyncToken({ current: 1, keys: new Map([[1, new Uint8Array(32)]]) }, user, token)).toBeNull();
  expect(decodeSyncToken(keys, user, `${token}=`)).toBeNull();
  expect(decodeSyncToken(keys, user, '')).toBeNull();
});
