import { decodeProtectedHeader, SignJWT, UnsecuredJWT } from 'jose';
import { expect, test } from 'vitest';
import { AccessTokens } from './access-token.js';

const identity = {
  user_id: '0198c5a0-0000-7000-8000-000000000001',
  device_id: '0198c5a0-0000-7000-8000-000000000002',
};
const seed = new Uint8Array(32).fill(7);

test('a token says who calls, in every process with the same seed', async () => {
  const token = await (await AccessTokens.fromSeed(seed)).sign(identity);
  const verified = await (await AccessTokens.fromSeed(seed)).verify(token);
  expect(verified?.identity).toEqual(identity);
  expect(verified!.expiresAtMs).toBeGreaterThan(Date.now());
});

test('expired, forged, unsigned, foreign and mangled tokens are nobody', async () => {
  const tokens = await AccessTokens.fromSeed(seed);
  const good = await tokens.sign(identity);
  const foreign = await (await AccessTokens.fromSeed(new Uint8Array(32))).sign(identity);
  const unsigned = new UnsecuredJWT({ device: identity.device_id })
    .setSubject(identity.user_id)
    .setIssuer('odnix')
    .setAudience('odnix')
    .setIssuedAt()
    .setExpirationTime('1h')
    .encode();
  // The public key as the secret of an HMAC: what careless verifiers accept.
  const confused = await new SignJWT({ device: identity.device_id })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(identity.user_id)
    .setIssuer('odnix')
    .setAudience('odnix')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(Buffer.from(tokens.jwks().keys[0]!.x!, 'base64url'));
  const expired = await tokens.sign(identity, { expiresInS: -1 });
  for (const token of [expired, foreign, unsigned, confused, good.slice(0, -3), `${good}x`, '', 'a.b.c']) {
    expect(await tokens.verify(token)).toBeNull();
  }
  expect(decodeProtectedHeader(good)['kid']).toBe(tokens.jwks().keys[0]!.kid);
  expect(tokens.jwks().keys[0]).not.toHaveProperty('d');
});
