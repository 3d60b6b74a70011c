/** Section 5: one key, one effect. */
import assert from 'node:assert/strict';
import type { Check } from '../check.js';
import { key, says } from '../world.js';

export const idempotencyFlows: readonly Check[] = [
  {
    name: 'idempotency: messages',
    section: 5,
    says: '`client_msg_id` is the idempotency key of (user, chat), for ever: sending the same again, from any of the user’s devices, answers with the first `seq` and `duplicate: true`.',
    run: async (world) => {
      const { chat_id } = await world.freshGroup();
      const params = { chat_id, client_msg_id: key(), content: says('once') };
      const first = await world.ann.json.request('messages.send', params);
      assert.equal(first['duplicate'], false);
      for (const [way, caller] of Object.entries(world.ann.callers)) {
        const again = await caller.request('messages.send', params);
        assert.deepEqual(again, { ...first, duplicate: true }, way);
      }
      const { messages } = await world.ann.json.request('messages.history', { chat_id });
      assert.equal(
        messages.filter(
          (message: { client_msg_id: string }) => message.client_msg_id === params.client_msg_id,
        ).length,
        1,
      );
    },
  },
  {
    name: 'idempotency: at the same time',
    section: 5,
    says: 'One idempotency key, one effect, through any server and device.',
    run: async (world) => {
      const { chat_id } = await world.freshGroup();
      const params = { chat_id, client_msg_id: key(), content: says('at once') };
      const sent = Object.values(world.ann.callers)
        .flatMap((caller) => [caller, caller])
        .map((caller) => caller.request('messages.send', params));
      const answers = await Promise.all(sent);
      assert.equal(new Set(answers.map(({ seq }) => seq)).size, 1);
      assert.equal(answers.filter(({ duplicate }) => !duplicate).length, 1);
    },
  },
  {
    name: 'idempotency: another chat, another person',
    section: 5,
    says: 'In another chat the same key is another message.',
    run: async (world) => {
      const [one, other] = await Promise.all([world.freshGroup(), world.freshGroup()]);
      const message = { client_msg_id: key(), content: says('the same key') };
      const answers = await Promise.all([
        world.ann.json.request('messages.send', { ...message, chat_id: one.chat_id }),
        world.ann.json.request('messages.send', { ...message, chat_id: other.chat_id }),
        world.bob.json.request('messages.send', { ...message, chat_id: one.chat_id }),
      ]);
      assert.deepEqual(
        answers.map(({ duplicate }) => duplicate),
        [false, false, false],
      );
    },
  },
  {
    name: 'idempotency: chats',
    section: 5,
    says: '`chats.create` takes `client_request_id` in the same way, by user.',
    run: async ({ ann, bob }) => {
      const params = { kind: 'group', member_ids: [bob.userId], title: 'Once', client_request_id: key() };
      const made = await Promise.all(
        Object.values(ann.callers).map((caller) => caller.request('chats.create', params)),
      );
      assert.equal(new Set(made.map(({ chat }) => chat.chat_id)).size, 1);
    },
  },
  {
    name: 'idempotency: direct chats',
    section: 5,
    says: 'A second direct chat of the same two people is the first one.',
    run: async ({ ann, bob, chats }) => {
      const direct = (other: string) => ({ kind: 'direct', member_ids: [other], client_request_id: key() });
      const made = await Promise.all([
        ann.json.request('chats.create', direct(bob.userId)),
        bob.rpc.request('chats.create', direct(ann.userId)),
      ]);
      assert.deepEqual(
        made.map(({ chat }) => chat.chat_id),
        [chats.direct.chat_id, chats.direct.chat_id],
      );
    },
  },
  {
    name: 'idempotency: other changes',
    section: 5,
    says: 'Every other method that changes something may carry one (`client_request_id`).',
    run: async (world) => {
      const { chat_id, seq } = await world.freshGroup();
      const changes: [string, object][] = [
        ['messages.edit', { chat_id, seq, content: says('edited once') }],
        ['messages.react', { chat_id, seq, emoji: '🎉' }],
        ['chats.addMembers', { chat_id, user_ids: [world.cat.userId] }],
        ['chats.setPinned', { chat_id, pinned: false }],
        ['messages.delete', { chat_id, seqs: [seq], for: 'everyone' }],
      ];
      for (const [method, params] of changes) {
        const asked = { ...params, client_request_id: key() };
        const first = await world.ann.json.request(method, asked);
        const again = await world.ann.packed.request(method, asked);
        assert.deepEqual(Object.keys(again), Object.keys(first), method);
      }
      const [message] = (
        await world.ann.json.request('messages.history', { chat_id, after_seq: seq - 1, limit: 1 })
      )['messages'];
      const since = (await world.ann.json.request('sync.chats', { watermarks: { [chat_id]: { seq } } }))[
        'chats'
      ][chat_id];
      assert.equal(message.deleted, true);
      // Created, said hello, edited, reacted, added with its message, deleted: each once.
      assert.equal(since.chat_pts, 8);
    },
  },
];
