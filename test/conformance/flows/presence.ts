/** Section 5: who is there, told to who watches them. */
import assert from 'node:assert/strict';
import { post, WireClient } from '../../support/wire-client.js';
import type { Check } from '../check.js';
import { presence } from '../objects.js';
import { signInBy } from '../participant.js';
import { expectShape } from '../shape.js';
import { newPhone } from '../world.js';

interface Presence {
  readonly user_id: string;
  readonly status: string;
}

export const presenceFlows: readonly Check[] = [
  {
    name: 'presence: watched',
    section: 5,
    says: 'Ephemeral notifications, never in the log: `presence {user_id, status, last_seen_ms?}`; `presence.watch` replaces the last list.',
    run: async (world) => {
      // Not somebody whom other checks change: a privacy of last seen hides them.
      const watched = await signInBy(world.url, newPhone());
      const [watcher, present] = [await world.newcomer(), await world.newcomer()];
      const watch = async (user_ids: readonly string[]): Promise<readonly Presence[]> =>
        (await watcher.json.request('presence.watch', { user_ids }))['presence'];
      const told = () =>
        watcher.json.notifications
          .filter(({ method }) => method === 'presence')
          .map(({ params }) => params as unknown as Presence);
      const answered = await watch([present.userId, watched.user_id]);
      assert.deepEqual(answered[1], { user_id: watched.user_id, status: 'offline' });
      const isOnline = (userId: string) =>
        [...answered, ...told()].some(({ user_id, status }) => user_id === userId && status === 'online');
      await watcher.json.until(() => isOnline(present.userId));
      const client = await WireClient.open(world.url, watched.access_token);
      await watcher.json.until(() => isOnline(watched.user_id));
      for (const one of told()) expectShape(presence, one, 'presence');
      assert.deepEqual(await watch([]), []);
      client.drop();
      await post(world.url, '/v1/auth/logout', undefined, watched.access_token);
    },
  },
];
