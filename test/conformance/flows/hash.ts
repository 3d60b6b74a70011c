/** Section 4: the log's running hash, computed as docs/sync.md says. */
import assert from 'node:assert/strict';
import { emptyHash, nextHash } from '../../drill/checker/running-hash.js';
import { WireClient, type WireUpdate } from '../../support/wire-client.js';
import type { Check } from '../check.js';
import { withLog } from './sessions.js';

const hashOf = (updates: readonly WireUpdate[]): string =>
  updates.reduce(nextHash, emptyHash).toString('base64url');

export const hashFlows: readonly Check[] = [
  {
    name: 'hash: from the updates',
    section: 4,
    says: '`updates.caughtUp` carries `hash`, the log’s running hash at that pts; a client computes it from the updates.',
    run: async (world) => {
      const { one, log } = await withLog(world);
      const updates = await log();
      const client = await WireClient.open(world.url, one.identity.access_token, updates.at(-1)!.sync_token);
      await client.caughtUp();
      client.drop();
      const { params } = client.notifications.find(({ method }) => method === 'updates.caughtUp')!;
      assert.deepEqual([params['pts'], params['hash']], [updates.length, hashOf(updates)]);
    },
  },
  {
    name: 'hash: of a deleted message',
    section: 4,
    says: 'A message erased since is sent as its tombstone; the hash of the log still checks.',
    run: async (world) => {
      const { one, log } = await withLog(world);
      const { update } = (await log()).find(({ update: { type } }) => type === 'message.new')!;
      const chat_id = String(update['chat_id']);
      const { messages } = await one.json.request('messages.history', { chat_id, limit: 1 });
      await one.json.request('messages.delete', { chat_id, seqs: [messages[0].seq], for: 'everyone' });
      await one.sees('message.deleted', ({ type }) => type === 'message.deleted');
      const updates = await log();
      const { sync_token } = updates.at(-1)!;
      const client = await WireClient.open(world.url, one.identity.access_token, sync_token);
      client.drop();
      assert.equal(client.session['hash'], hashOf(updates.slice(0, client.session['pts'])));
      const shown = updates.find(
        (one_) => one_.update.type === 'message.new' && one_.update['seq'] === messages[0].seq,
      )!;
      const message = shown.update['message'] as { deleted?: true; content?: unknown };
      assert.deepEqual(
        [message.deleted, message.content],
        [true, undefined],
        'its text is in no answer any more',
      );
    },
  },
];
