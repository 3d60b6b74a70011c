/** Section 2: by phone and code, by QR code; refreshing, and ending it. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { post, WireClient } from '../../support/wire-client.js';
import type { Check } from '../check.js';
import { signInBy } from '../participant.js';
import { Rpc } from '../rpc.js';
import { expectShape, flag, id, object, opaque, ordinal, someText } from '../shape.js';
import { newPhone } from '../world.js';

const pair = { access_token: someText, access_expires_in_s: ordinal, refresh_token: opaque };
const signedIn = object({ ...pair, user_id: id, device_id: id, new_user: flag });
const device = { name: 'conformance', type: 'desktop' };

const asked = (url: string, path: string, body: unknown): Promise<Response> =>
  fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

/** The status and the error's code. */
async function told(response: Response): Promise<[number, string]> {
  const { error } = (await response.json()) as { error: { code: string } };
  return [response.status, error.code];
}

export const signingInFlows: readonly Check[] = [
  {
    name: 'signing in: by code',
    section: 2,
    says: '`POST /v1/auth/otp/verify` answers `{access_token, access_expires_in_s, refresh_token, user_id, device_id, new_user}`.',
    run: async (world) => {
      const phone = newPhone();
      const first = await signInBy(world.url, phone);
      expectShape(signedIn, first, 'answer');
      const second = await signInBy(world.url, phone);
      assert.deepEqual([first.new_user, second.new_user], [true, false]);
      assert.equal(second.user_id, first.user_id);
      assert.notEqual(second.device_id, first.device_id);
      for (const { access_token } of [first, second])
        await post(world.url, '/v1/auth/logout', undefined, access_token);
    },
  },
  {
    name: 'signing in: a wrong code',
    section: 2,
    says: '`data.code` is API and comes from one catalogue (`CODE_INVALID`, whether the number is known or not).',
    run: async (world) => {
      const phone = newPhone();
      assert.deepEqual(
        await told(await asked(world.url, '/v1/auth/otp/verify', { phone, code: '000000', device })),
        [401, 'CODE_INVALID'],
      );
    },
  },
  {
    name: 'signing in: refresh',
    section: 2,
    says: 'The old refresh token is spent once the new pair has been used (a lost answer can be retried), and using it after that revokes the device.',
    run: async (world) => {
      const { refresh_token } = await signInBy(world.url, newPhone());
      const lost = await post(world.url, '/v1/auth/refresh', { refresh_token });
      expectShape(object(pair), lost, 'answer');
      const retried = await post(world.url, '/v1/auth/refresh', { refresh_token });
      const client = await WireClient.open(world.url, retried.access_token);
      await new Rpc(world.url, retried).request('session.ping');
      assert.equal(
        (await asked(world.url, '/v1/auth/refresh', { refresh_token })).status,
        401,
        'a spent refresh token',
      );
      assert.equal(await client.closed, 4501, 'the device is signed out');
    },
  },
  {
    name: 'signing in: logout',
    section: 2,
    says: '`POST /v1/auth/logout`: 204; ends this device. A revoked device’s open connections close.',
    run: async (world) => {
      const { access_token } = await signInBy(world.url, newPhone());
      const client = await WireClient.open(world.url, access_token);
      const headers = { authorization: `Bearer ${access_token}` };
      assert.equal((await fetch(`${world.url}/v1/auth/logout`, { method: 'POST', headers })).status, 204);
      assert.equal(await client.closed, 4501);
    },
  },
  {
    name: 'signing in: QR code',
    section: 2,
    says: '`GET /v1/auth/qr/{qr_token}`: 202 while pending, then once the same answer as verify.',
    run: async (world) => {
      const newcomer = await world.newcomer();
      const installation_id = randomUUID();
      const shown = await post(world.url, '/v1/auth/qr', { device, installation_id });
      expectShape(
        object({ qr_token: opaque, expires_in_s: ordinal, poll_after_ms: ordinal }),
        shown,
        'answer',
      );
      const ask = () =>
        fetch(`${world.url}/v1/auth/qr/${shown.qr_token}`, {
          headers: { 'odnix-installation': installation_id },
        });
      assert.equal((await ask()).status, 202);
      await newcomer.json.request('devices.acceptQr', { qr_token: shown.qr_token });
      const answer = await ask();
      assert.equal(answer.status, 200);
      const let_in = (await answer.json()) as Record<string, unknown>;
      expectShape(signedIn, let_in, 'answer');
      assert.equal(let_in['user_id'], newcomer.userId);
    },
  },
  {
    name: 'signing in: keys',
    section: 2,
    says: 'Access tokens are short-lived JWTs (EdDSA, `GET /v1/auth/jwks.json`).',
    run: async ({ url, ann }) => {
      const { keys } = (await (await fetch(`${url}/v1/auth/jwks.json`)).json()) as {
        keys: { kid: string; d?: string }[];
      };
      const [head] = ann.identity.access_token.split('.');
      const { alg, kid } = JSON.parse(Buffer.from(head!, 'base64url').toString()) as {
        alg: string;
        kid: string;
      };
      assert.ok(['EdDSA', 'Ed25519'].includes(alg), alg);
      assert.ok(
        keys.some((one) => one.kid === kid),
        'its key is among them',
      );
      assert.ok(
        keys.every(({ d }) => d === undefined),
        'public parts alone',
      );
    },
  },
];
