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
      `${new URL(url).pathname} ${(JSON.parse(body!) as { refresh_token?: string }).refresh_token ?? ''}`,
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

describe('by a QR token', () => {
  const installation = expect.stringMatching(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );

  test('it polls in the name that it asked in, over restarts, and keeps what it is answered', async () => {
    const environment = new VirtualEnvironment(2);
    const names: unknown[] = [];
    let accepted = false;
    environment.fetch = async (url, { method, headers, body }) => {
      const answer = (status: number, json: object) => ({ status, text: async () => JSON.stringify(json) });
      const isPoll = method === 'GET' && url === 'http://server/v1/auth/qr/t';
      names.push(isPoll ? headers['odnix-installation'] : JSON.parse(body!).installation_id);
      if (!isPoll) return answer(200, { qr_token: 't', expires_in_s: 120, poll_after_ms: 9 });
      if (!accepted) return answer(202, { poll_after_ms: 9 });
      const tokens = { access_token: 'a', access_expires_in_s: life_s, refresh_token: 'r' };
      return answer(200, { ...tokens, user_id: 'u', device_id: 'd', new_user: false });
    };
    const store = new StoredCredentials(new MemoryStore());
    const auth = new Auth('http://server', store, environment);
    expect(await auth.requestQr({ name: 'd', type: 'desktop' })).toMatchObject({ qr_token: 't' });
    expect(await auth.pollQr('t')).toBeNull();
    expect(await store.load()).toBeNull();
    accepted = true;
    const restarted = new Auth('http://server', store, environment);
    expect(await restarted.pollQr('t')).toMatchObject({ user_id: 'u' });
    expect(await store.load()).toMatchObject({ access_token: 'a', refresh_token: 'r' });
    expect(names).toEqual([installation, names[0], names[0]]);
    await restarted.forget();
    expect(await store.installation('another')).toBe(names[0]);
  });
});

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
