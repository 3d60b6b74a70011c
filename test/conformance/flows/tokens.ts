/** Section 4: sync tokens that are not one's own, or not as they were given. */
import assert from 'node:assert/strict';
import { poll } from '../../support/event-client.js';
import { WireClient } from '../../support/wire-client.js';
import type { Check } from '../check.js';
import type { World } from '../world.js';

/** Every way a token comes in. */
async function isRefused({ url, ann }: World, sync_token: string, what: string): Promise<void> {
  const { access_token } = ann.identity;
  await assert.rejects(ann.json.request('updates.getDifference', { sync_token }), /SYNC_TOKEN_INVALID/, what);
  await assert.rejects(ann.rpc.request('updates.getDifference', { sync_token }), /SYNC_TOKEN_INVALID/, what);
  await assert.rejects(WireClient.open(url, access_token, sync_token), /SYNC_TOKEN_INVALID/, what);
  const { status, body } = await poll(url, access_token, { sync_token, timeout_ms: 0 });
  assert.deepEqual([status, body.error.code], [400, 'SYNC_TOKEN_INVALID'], what);
}

export const tokenFlows: readonly Check[] = [
  {
    name: 'token: tampered',
    section: 4,
    says: 'A tampered one is `SYNC_TOKEN_INVALID`.',
    run: async (world) => {
      const { sync_token } = await world.ann.json.request('updates.getState');
      const bytes = Buffer.from(sync_token, 'base64url');
      for (const at of [0, 1, 17, 20, 30, bytes.length - 1]) {
        const changed = Buffer.from(bytes);
        changed[at]! ^= 1;
        await isRefused(world, changed.toString('base64url'), `byte ${at} changed`);
      }
      await isRefused(world, bytes.subarray(0, -1).toString('base64url'), 'cut');
    },
  },
  {
    name: 'token: of another user',
    section: 4,
    says: 'It is bound to the user and authenticated: a token of another user is `SYNC_TOKEN_INVALID`.',
    run: async (world) => {
      const { sync_token } = await world.bob.json.request('updates.getState');
      await isRefused(world, sync_token, 'Bob’s');
    },
  },
];
