/** Section 5: who is there, told to who watches them. */
import assert from 'node:assert/strict';
import { post, WireClient } from '../../support/wire-client.js';
import type { Check } from '../check.js';
import { presence } from '../objects.js';
import { signInBy } from '../participant.js';
import { expectShape } from '../shape.js';
import { newPhone } from '../world.js';

export const presenceFlows: readonly Check[] = [
  {
    name: 'presence: watched',
    section: 5,
    says: 'Ephemeral notifications, never in the log: `presence {user_id, status, last_seen_ms?}`; `presence.watch` replaces the last list.',
    run: async (world) => {
      const [watched, watcher] = [await signInBy(world.url, newPhone()), await world.newcomer()];
      const watch = (user_ids: readonly string[]) => watcher.json.request('presence.watch', { user_ids });
      const told = () => watcher.json.notifications.filter(({ method }) => method === 'presence');
      assert.deepEqual(await watch([watched.user_id]), {
        presence: [{ user_id: watched.user_id, status: 'offline' }],
      });
      const client = await WireClient.open(world.url, watched.access_token);
      await watcher.json.until(() => told().length > 0);
      expectShape(presence, told()[0]!.params, 'presence');
      assert.deepEqual(told()[0]!.params, { user_id: watched.user_id, status: 'online' });
      const both = await watch([world.ann.userId, watched.user_id]);
      assert.deepEqual(
        both['presence'].map(({ status }: { status: string }) => status),
        ['online', 'online'],
      );
      assert.deepEqual(await watch([]), { presence: [] });
      client.drop();
      await post(world.url, '/v1/auth/logout', undefined, watched.access_token);
    },
  },
];
