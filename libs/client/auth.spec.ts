import { describe, expect, test } from 'vitest';
import { Auth } from './auth.js';
import { MemoryStore } from './local-store.js';
import { StoredCredentials } from './stored-credentials.js';
import { VirtualEnvironment } from './testing/virtual-environment.js';

const life_s = 600;

/** A server that gives pairs 1, 2, 3, ... and records what it was asked. */
async function world() {
  const environment = new VirtualEnvironment(1);
  const asked: string[] = [];
  let pair = 0;
  let answer: 'well' | 'never' | 'revoked' = 'well';
  environment.fetch = async (url, { body }) => {
    asked.push(
      `${new URL(url).pathname} ${(JSON.parse(body) as { refresh_token?: string }).refresh_token ?? ''}`,
    );
    pair++;
    const tokens = { access_token: `a${pair}`, access_expires_in_s: life_s, refresh_token: `r${pair}` };
    const error = { error: { code: 'DEVICE_REVOKED', message: 'gone', retryable: false } };
    if (answer === 'never') throw new Error('the network broke after the request');
    if (answer === 'revoked') return { status: 401, text: async () => JSON.stringify(error) };
    return { status: 200, text: async () => JSON.stringify({ ...tokens, user_id: 'u', device_id: 'd' }) };
  };
  const store = new StoredCredentials(new MemoryStore());
  const auth = new Auth('http://server', store, environment);
  await auth.verify({ phone: '+15550100', code: '123456', device: { name: 'd', type: 'desktop' } });
  asked.length = 0;
  return { environment, store, auth, asked, answers: (how: typeof answer) => (answer = how) };
}

describe('staying signed in', () => {
  test('a token is used until little of its life is left, then renewed once for all who ask', async () => {
    const { environment, auth, asked } = await world();
    await environment.pass(life_s * 1_000 * 0.8 - 1);
    expect(await auth.accessToken()).toBe('a1');
    await environment.pass(1);
    expect(await Promise.all([auth.accessToken(), auth.accessToken()])).toEqual(['a2', 'a2']);
    expect(asked).toEqual(['/v1/auth/refresh r1']);
  });

  test('a lost answer is asked for again with the same refresh token', async () => {
    const { auth, asked, answers } = await world();
    answers('never');
    await expect(auth.refresh()).rejects.toMatchObject({ code: 'NOT_CONNECTED', retryable: true });
    answers('well');
    await auth.refresh();
    expect(asked).toEqual(['/v1/auth/refresh r1', '/v1/auth/refresh r1']);
  });

  test('a new pair is stored before it is used', async () => {
    const { environment, store, auth } = await world();
    await auth.refresh();
    const after = new Auth('http://server', store, environment);
    expect(await after.restore()).toMatchObject({ access_token: 'a2', refresh_token: 'r2', user_id: 'u' });
  });

  test('a refusal is told by its code', async () => {
    const { auth, answers } = await world();
    answers('revoked');
    await expect(auth.refresh()).rejects.toMatchObject({ code: 'DEVICE_REVOKED', retryable: false });
  });

  test('without credentials there is no token', async () => {
    const { auth, store } = await world();
    await auth.forget();
    await expect(auth.accessToken()).rejects.toMatchObject({ code: 'SIGNED_OUT' });
    expect(await store.load()).toBeNull();
  });
});
