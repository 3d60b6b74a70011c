/** Access tokens that nobody here signed, in every way known, on every way in. */
import { generateKeyPairSync, createHmac, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { WireClient, WireRefusal } from '../support/wire-client.js';
import type { Besieged } from './besieged.js';

const part = (value: object | string): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

type Jwk = { kid: string; x: string };

/** Name → token; `good` is one of the stranger's, whose claims are those of somebody else in the forged ones. */
function forged(
  good: string,
  victim: { user_id: string; device_id: string },
  { kid, x }: Jwk,
): Record<string, string> {
  const [head, body, signature] = good.split('.') as [string, string, string];
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
  const theirs = part({ ...claims, sub: victim.user_id, device: victim.device_id });
  const foreign = generateKeyPairSync('ed25519');
  const jwk = foreign.publicKey.export({ format: 'jwk' });
  const signed = (header: object, payload = theirs): string => {
    const text = `${part(header)}.${payload}`;
    return `${text}.${sign(null, Buffer.from(text), foreign.privateKey).toString('base64url')}`;
  };
  const hmac = (header: object, key: Buffer): string => {
    const text = `${part(header)}.${theirs}`;
    return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
  };
  return {
    'another user in it': `${head}.${theirs}.${signature}`,
    'a later end': `${head}.${part({ ...claims, exp: Number(claims['exp']) + 86_400 })}.${signature}`,
    'already over': `${head}.${part({ ...claims, exp: 1 })}.${signature}`,
    'alg none': `${part({ alg: 'none', kid })}.${theirs}.`,
    'alg None and a signature': `${part({ alg: 'None', kid })}.${theirs}.${signature}`,
    'HS256 with the public key as secret': hmac({ alg: 'HS256', kid }, Buffer.from(x, 'base64url')),
    'HS256 with the public key as text': hmac({ alg: 'HS256', kid }, Buffer.from(x)),
    'HS256 with an empty secret': hmac({ alg: 'HS256', kid }, Buffer.alloc(0)),
    'a foreign key under our kid': signed({ alg: 'EdDSA', kid }),
    'a foreign key in the header': signed({ alg: 'EdDSA', kid, jwk }),
    'a key to be fetched': signed({ alg: 'EdDSA', kid, jku: 'http://127.0.0.1:1/jwks.json' }),
    'a key of another kid': signed({ alg: 'EdDSA', kid: '../../dev/null' }),
    'a critical extension': signed({ alg: 'EdDSA', kid, crit: ['exp2'], exp2: 1 }),
    'no signature': `${head}.${body}.`,
    'two parts': `${head}.${body}`,
    'the signature cut': good.slice(0, -4),
    'a refresh token in its place': 'x'.repeat(43),
  };
}

export const forgedTokens = (besieged: () => Besieged): void => {
  test('forged access tokens open no session, answer no request, hold no stream', async () => {
    const { pair, stranger, url } = besieged();
    const before = await besieged().stored();
    const { keys } = (await (await fetch(`${url}/v1/auth/jwks.json`)).json()) as { keys: [Jwk] };
    const victim = pair.one.identity;
    for (const [name, token] of Object.entries(forged(stranger.identity.access_token, victim, keys[0]))) {
      const bearer = { authorization: `Bearer ${token}` };
      const rpc = { jsonrpc: '2.0', id: 1, method: 'updates.getState', params: {} };
      expect.soft(await besieged().http('/v1/rpc', rpc, bearer), name).toEqual([401, 'UNAUTHENTICATED']);
      expect
        .soft(await besieged().http('/v1/updates', undefined, bearer), name)
        .toEqual([401, 'UNAUTHENTICATED']);
      expect
        .soft(await besieged().http('/v1/updates/ticket', {}, bearer), name)
        .toEqual([401, 'UNAUTHENTICATED']);
      expect
        .soft(await besieged().http('/v1/auth/logout', {}, bearer), name)
        .toEqual([401, 'UNAUTHENTICATED']);
      const opened = await WireClient.open(url, token).catch((error: unknown) => error);
      expect.soft((opened as WireRefusal).code, name).toBe('UNAUTHENTICATED');
      await expect
        .soft(stranger.request('session.refresh', { access_token: token }), name)
        .rejects.toThrow('UNAUTHENTICATED');
    }
    expect(await besieged().stored()).toEqual(before);
  });

  test('a session cannot be made somebody else’s, however good their token is', async () => {
    const { pair } = besieged();
    const socket = await besieged().socket();
    const refresh = socket.request('session.refresh', { access_token: pair.one.identity.access_token });
    await expect(refresh).rejects.toThrow(/UNAUTHENTICATED|FORBIDDEN/);
    await expect(socket.request('chats.get', { chat_id: pair.chatId })).rejects.toThrow('NOT_A_MEMBER');
    socket.drop();
  });

  test('a spent refresh token is good for nothing, and ends the device it was stolen from', async () => {
    const { refresh_token, access_token } = await besieged().signIn('+15550711');
    const next = await besieged().post('/v1/auth/refresh', { refresh_token });
    await besieged().post('/v1/auth/refresh', { refresh_token: next.refresh_token });
    const again = await besieged().http('/v1/auth/refresh', { refresh_token });
    expect(again).toEqual([401, 'DEVICE_REVOKED']);
    const rpc = { jsonrpc: '2.0', id: 1, method: 'updates.getState', params: {} };
    const bearer = { authorization: `Bearer ${access_token}` };
    await expect.poll(() => besieged().http('/v1/rpc', rpc, bearer)).toEqual([401, 'DEVICE_REVOKED']);
    for (const token of ['x'.repeat(43), '', '*', `${refresh_token}\n`, "' or '1'='1"])
      expect((await besieged().http('/v1/auth/refresh', { refresh_token: token }))[0]).toBeLessThan(402);
  });
};
