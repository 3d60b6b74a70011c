/** Signing in over plain HTTP, and renewing what was signed in with; again and again while the server is away. */
import { setTimeout as pause } from 'node:timers/promises';

export interface Identity {
  readonly user_id: string;
  readonly device_id: string;
  readonly access_token: string;
  readonly refresh_token: string;
  readonly access_expires_in_s: number;
}

const tries_max = 60;
const retry_ms = 500;

export async function signIn(baseUrl: string, phone: string, name: string): Promise<Identity> {
  const { dev_code } = await post(baseUrl, '/v1/auth/otp/request', { phone });
  const device = { name, type: 'mobile' };
  const body = { phone, code: dev_code, device, display_name: `Drill ${phone}` };
  return post(baseUrl, '/v1/auth/otp/verify', body);
}

export async function renewed(baseUrl: string, identity: Identity): Promise<Identity> {
  const pair = await post(baseUrl, '/v1/auth/refresh', { refresh_token: identity.refresh_token });
  return { ...identity, ...pair };
}

async function post(baseUrl: string, path: string, body: object): Promise<any> {
  for (let attempt = 1; ; attempt++) {
    const answer = await fetch(baseUrl + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).catch(() => null);
    if (answer?.ok) return answer.json();
    const isWorthAnother = answer === null || answer.status >= 500 || answer.status === 429;
    if (!isWorthAnother || attempt === tries_max) {
      throw new Error(`${path}: ${answer?.status ?? 'no answer'} ${(await answer?.text()) ?? ''}`);
    }
    await pause(retry_ms);
  }
}
