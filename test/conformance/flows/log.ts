/** Section 4: the numbers of a log, and asking for a part of it. */
import assert from 'node:assert/strict';
import type { Check } from '../check.js';
import { key, says } from '../world.js';
import { expectUpdate } from '../updates.js';
import { withLog } from './sessions.js';

export const logFlows: readonly Check[] = [
  {
    name: 'log: pts without holes',
    section: 4,
    says: '`pts` numbers them 1, 2, 3, ... without holes, for ever.',
    run: async (world) => {
      const { log } = await withLog(world);
      const updates = await log();
      assert.deepEqual(
        updates.map(({ pts, pts_count }) => [pts, pts_count]),
        updates.map((_, at) => [at + 1, 1]),
      );
      updates.forEach(expectUpdate);
    },
  },
  {
    name: 'log: slices',
    section: 4,
    says: '`slice` says there is more: call again with the new token.',
    run: async (world) => {
      const { one, log } = await withLog(world);
      const sliced = await log();
      const whole = await one.rpc.request('updates.getDifference', { pts: 0, limit: 1000 });
      assert.equal(whole.type, 'difference');
      assert.deepEqual(whole.updates, sliced);
      const none = await one.rpc.request('updates.getDifference', { sync_token: whole.sync_token });
      assert.deepEqual([none.type, none.updates, none.pts], ['empty', [], whole.pts]);
    },
  },
  {
    name: 'log: each update’s token',
    section: 4,
    says: 'A `sync_token` is the log’s epoch, the pts, a part of the hash up to there: reading goes on right behind it.',
    run: async (world) => {
      const { one, log } = await withLog(world);
      const updates = await log();
      for (const { pts, sync_token } of updates) {
        const after = await one.json.request('updates.getDifference', { sync_token });
        assert.deepEqual(
          after['updates'].map((update: { pts: number }) => update.pts),
          updates.slice(pts).map((update) => update.pts),
        );
      }
    },
  },
  {
    name: 'log: from the future',
    section: 4,
    says: 'A bare `pts` beyond the head is `PTS_FROM_FUTURE`. Nothing is clamped.',
    run: async (world) => {
      const { one, log } = await withLog(world);
      const pts = (await log()).at(-1)!.pts;
      await assert.rejects(one.json.request('updates.getDifference', { pts: pts + 1 }), /PTS_FROM_FUTURE/);
      await assert.rejects(one.json.request('updates.ack', { pts: pts + 1 }), /PTS_FROM_FUTURE/);
      assert.equal((await one.json.request('updates.getDifference', { pts }))['type'], 'empty');
    },
  },
  {
    name: 'log: a snapshot and what follows it',
    section: 4,
    says: 'The position is read first, so that applying every update after it to the snapshot gives the present state.',
    run: async (world) => {
      const { chat_id, seq } = await world.freshGroup();
      const { ann, bob } = world;
      await bob.sees(
        'message.new',
        (update) =>
          update['type'] === 'message.new' && update['chat_id'] === chat_id && update['seq'] === seq,
      );
      const { pts, chats, users } = await bob.json.request('sync.snapshot', {
        chats_limit: 100,
        messages_limit: 5,
      });
      const chat = chats.find((one: { chat_id: string }) => one.chat_id === chat_id);
      assert.equal(chat.messages.at(-1).seq, seq);
      assert.ok(
        users.some(({ user_id }: { user_id: string }) => user_id === ann.userId),
        'who is in the chats',
      );
      const sent = await ann.json.request('messages.send', {
        chat_id,
        client_msg_id: key(),
        content: says('after'),
      });
      const told = await bob.sees(
        'message.new',
        (update) => update['chat_id'] === chat_id && update['seq'] === sent['seq'],
      );
      assert.ok(told.pts > pts, 'what happened after the snapshot stands after its pts');
    },
  },
  {
    name: 'log: chat by chat',
    section: 4,
    says: '`sync.chats`: by `seq` the messages after it; by `chat_pts` also every older message edited, deleted or reacted to since (`changed`).',
    run: async (world) => {
      const { chat_id, seq } = await world.freshGroup();
      const ask = async (mark: object) =>
        (await world.ann.json.request('sync.chats', { watermarks: { [chat_id]: mark } }))['chats'][chat_id];
      const before = await ask({ seq: seq - 1 });
      assert.deepEqual(
        before.messages.map((message: { seq: number }) => message.seq),
        [seq],
      );
      await world.ann.json.request('messages.edit', { chat_id, seq, content: says('edited since') });
      const since = await ask({ chat_pts: before.chat_pts });
      assert.deepEqual(
        since.changed.map((message: { content: object }) => message.content),
        [says('edited since')],
      );
      assert.deepEqual([since.messages, since.more], [[], false]);
      assert.equal((await ask({ chat_pts: since.chat_pts + 1 })).error?.code, 'PTS_FROM_FUTURE');
    },
  },
];
