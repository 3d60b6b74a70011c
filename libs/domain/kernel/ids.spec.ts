import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { base64Url, fromBase64Url, type Sha256 } from './hashing.js';
import { canonicalJson } from './canonical-json.js';
import { directChatId, isUuid, requestedChatId, uuidV7TimeMs } from './ids.js';

const sha256: Sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const anna = '01980a6e-0000-7000-8000-000000000001';
const ben = '01980a6e-0000-7000-8000-000000000002';

it('derived ids are the same for ever', () => {
  expect(directChatId(sha256, anna, ben)).toBe('acbeb09f-b60b-8fa9-8f47-639a843d035c');
  expect(directChatId(sha256, ben, anna)).toBe(directChatId(sha256, anna, ben));
  expect(requestedChatId(sha256, anna, ben)).toBe('e105d4e1-450a-8807-a17f-0751d42b72b2');
  expect(isUuid(directChatId(sha256, anna, ben))).toBe(true);
});

it('a UUIDv7 tells its time, others do not', () => {
  expect(uuidV7TimeMs('01980a6e-4c00-7000-8000-000000000001')).toBe(0x01980a6e4c00);
  expect(uuidV7TimeMs('01980a6e-4c00-4000-8000-000000000001')).toBeNull();
});

it.each([
  '',
  'a',
  anna.toUpperCase(),
  `${anna} `,
  `${anna}\n`,
  anna.replace('-7', '-9'),
  `*${anna.slice(1)}`,
  5,
  null,
])('%j is no UUID', (value) => expect(isUuid(value)).toBe(false));

it('canonical JSON orders keys, leaves out what is undefined, and has no white space', () => {
  const value = { b: [1, undefined, { d: null, c: 'ä"\n' }], a: undefined, A: true };
  expect(canonicalJson(value)).toBe('{"A":true,"b":[1,null,{"c":"ä\\"\\n","d":null}]}');
});

it('base64url goes there and back', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  expect(base64Url(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
  expect(fromBase64Url(base64Url(bytes))).toStrictEqual(bytes);
});
