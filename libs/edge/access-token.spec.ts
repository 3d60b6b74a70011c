/**
 * What is no access token of ours. Seen failing with `algorithms` left out of the check (the curve's other name is taken; that
 * HS256 with the public key is not, even so, is jose's doing), with the header's fields not looked at (a key beside a good
 * signature), without `typ`, and with a retired key accepted (key-ring.spec.ts).
 */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, SignJWT, UnsecuredJWT, type JWTHeaderParameters } from 'jose';
import { expect, test } from 'vitest';
import { AccessTokens, signAccessToken } from './access-token.js';

const identity = {
  user_id: '0198c5a0-0000-7000-8000-000000000001',
  device_id: '0198c5a0-0000-7000-8000-000000000002',
};
const [ours, foreign] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
const kid = 'k'.repeat(43);
const known = new Map<string, KeyObject>([[kid, ours.publicKey]]);
const tokens = new AccessTokens({ publicKey: (name) => Promise.resolve(known.get(name) ?? null) });
const key = { kid, privateKey: ours.privateKey };

/** A good token, but for what is told. */
function made(
  header: Partial<JWTHeaderParameters> = {},
  payload: Readonly<Record<string, unknown>> = {},
  signer: KeyObject | Uint8Array = ours.privateKey,
): Promise<string> {
  const nowS = Math.floor(Date.now() / 1_000);
  const claims = {
    sub: identity.user_id,
    device: identity.device_id,
    iss: 'odnix',
    aud: 'odnix',
    iat: nowS,
    nbf: nowS,
    exp: nowS + 900,
  };
  return new SignJWT({ ...claims, ...payload })
    .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'at+jwt', ...header })
    .sign(signer);
}
const nowS = () => Math.floor(Date.now() / 1_000);

test('a token says who calls, until when, and which key signed it', async () => {
  const token = await signAccessToken(key, identity, { pair: 'p' });
  const verified = await tokens.verify(token);
  expect(verified).toMatchObject({ identity, kid, pair: 'p' });
  expect(verified!.expiresAtMs).toBeGreaterThan(Date.now() + 890_000);
  expect(decodeProtectedHeader(token)).toEqual({ alg: 'EdDSA', kid, typ: 'at+jwt' });
  expect(await tokens.verify(await made())).toMatchObject({ identity });
});

test('it holds from a little before it was made, for clocks that are behind, until it expires', async () => {
  const { nbf, iat } = decodeJwt(await signAccessToken(key, identity));
  expect(iat! - nbf!).toBe(5);
  expect(await tokens.verify(await made({}, { nbf: nowS() + 3 }))).toBeNull();
  expect(await tokens.verify(await made({}, { exp: nowS() }))).toBeNull();
  expect(await tokens.verify(await signAccessToken(key, identity, { expiresInS: -1 }))).toBeNull();
});

const publicJwk = foreign.publicKey.export({ format: 'jwk' });
const raw = Buffer.from(ours.publicKey.export({ format: 'jwk' }).x!, 'base64url');
const pem = Buffer.from(ours.publicKey.export({ format: 'pem', type: 'spki' }));
const confused = [raw, pem, ours.publicKey.export({ format: 'der', type: 'spki' })];

test.for<[what: string, token: () => Promise<string> | string]>([
  ['a foreign key under our name', () => made({}, {}, foreign.privateKey)],
  ['an unknown key', () => made({ kid: 'x'.repeat(43) }, {}, foreign.privateKey)],
  ['no kid', () => made({ kid: undefined as never })],
  ['an embedded key', () => made({ jwk: publicJwk as never }, {}, foreign.privateKey)],
  ['an embedded key beside a good signature', () => made({ jwk: publicJwk as never })],
  ['a key to be fetched', () => made({ jku: 'https://evil.example/jwks.json' })],
  ['a certificate', () => made({ x5c: ['MIIB'] })],
  ['a certificate to be fetched', () => made({ x5u: 'https://evil.example/cert' })],
  ['another type of JWT', () => made({ typ: 'JWT' })],
  ['no type', () => made({ typ: undefined as never })],
  ['another issuer', () => made({}, { iss: 'else' })],
  ['another audience', () => made({}, { aud: 'odnix.updates' })],
  ['no device', () => made({}, { device: undefined })],
  ['a user that is no id', () => made({}, { sub: 'ann' })],
  ['no end', () => made({}, { exp: undefined })],
  ['no beginning', () => made({}, { nbf: undefined })],
  [
    'no signature',
    () => new UnsecuredJWT({ device: identity.device_id }).setSubject(identity.user_id).encode(),
  ],
  ...confused.map((secret, index): [string, () => Promise<string>] => [
    `HS256 with the public key, form ${index}`,
    () => made({ alg: 'HS256' }, {}, secret),
  ]),
  ['the other name of the algorithm', () => made({ alg: 'Ed25519' })],
  ['a cut signature', async () => (await made()).slice(0, -3)],
  ['something behind it', async () => `${await made()}x`],
  ['nothing', () => ''],
  ['dots', () => 'a.b.c'],
])('%s is nobody', async ([, token]) => {
  expect(await tokens.verify(await token())).toBeNull();
});

test('a key that is not accepted any more takes its tokens along', async () => {
  const token = await made();
  known.delete(kid);
  expect(await tokens.verify(token)).toBeNull();
  known.set(kid, ours.publicKey);
});
