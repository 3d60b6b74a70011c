/** Section 5: numbers, reading marks, tombstones, what newcomers see; and what is in no log. */
import assert from 'node:assert/strict';
import type { Check } from '../check.js';
import { expectShape, id, object, ordinal, someText } from '../shape.js';
import { key, says, type World } from '../world.js';

const history = async ({ ann }: World, params: object): Promise<Record<string, any>[]> =>
  (await ann.json.request('messages.history', params))['messages'];
const seqsOf = (messages: readonly Record<string, any>[]): number[] => messages.map(({ seq }) => seq);

async function sendAll({ ann }: World, chat_id: string, texts: readonly string[]): Promise<number[]> {
  const sent = texts.map((text) =>
    ann.json.request('messages.send', { chat_id, client_msg_id: key(), content: says(text) }),
  );
  return (await Promise.all(sent)).map((answer) => answer['seq']);
}

export const messageFlows: readonly Check[] = [
  {
    name: 'messages: seq without holes',
    section: 5,
    says: '`seq` numbers a chat’s messages (service messages too) 1, 2, 3, ... without holes: a deleted message keeps its number as a tombstone.',
    run: async (world) => {
      const { chat_id } = await world.freshGroup();
      const [, second] = await sendAll(world, chat_id, ['a', 'b', 'c']);
      await world.ann.json.request('messages.delete', { chat_id, seqs: [second], for: 'everyone' });
      const messages = await history(world, { chat_id, after_seq: 0 });
      assert.deepEqual(
        seqsOf(messages),
        messages.map((_, at) => at + 1),
      );
      const tombstone = messages.find(({ seq }) => seq === second)!;
      assert.deepEqual([tombstone['deleted'], tombstone['content']], [true, undefined]);
    },
  },
  {
    name: 'messages: ascending always',
    section: 5,
    says: '`messages.history`: ascending by `seq` always.',
    run: async (world) => {
      const { chat_id } = await world.freshGroup();
      const seqs = await sendAll(world, chat_id, ['a', 'b', 'c', 'd']);
      const last = seqs.at(-1)!;
      assert.deepEqual(seqsOf(await history(world, { chat_id, limit: 2 })), [last - 1, last]);
      assert.deepEqual(seqsOf(await history(world, { chat_id, before_seq: last, limit: 2 })), [
        last - 2,
        last - 1,
      ]);
      assert.deepEqual(seqsOf(await history(world, { chat_id, after_seq: last - 3, limit: 2 })), [
        last - 2,
        last - 1,
      ]);
    },
  },
  {
    name: 'messages: the same order for every member',
    section: 5,
    says: 'A chat’s messages stand in the same `seq` order in every member’s log.',
    run: async (world) => {
      const { chat_id } = await world.freshGroup();
      const { ann, bob } = world;
      const sent = [ann, bob, ann, bob].map(({ json }) =>
        json.request('messages.send', { chat_id, client_msg_id: key(), content: says('at once') }),
      );
      const last = Math.max(...(await Promise.all(sent)).map((answer) => answer['seq']));
      for (const one of [ann, bob]) {
        const isLast = (update: Record<string, any>) =>
          update['type'] === 'message.new' && update['chat_id'] === chat_id && update['seq'] === last;
        await one.sees('the last message', isLast);
        const news = one.json.updates.filter(
          ({ update }) => update.type === 'message.new' && update['chat_id'] === chat_id,
        );
        const seqs = news.map(({ update }) => Number(update['seq']));
        assert.deepEqual(
          seqs,
          seqs.map((_, at) => seqs[0]! + at),
        );
      }
    },
  },
  {
    name: 'messages: the read mark',
    section: 5,
    says: '`messages.read`: a high-water mark: it only moves forward, and never beyond `last_seq`.',
    run: async (world) => {
      const { chat_id, seq } = await world.freshGroup();
      const [last] = await sendAll(world, chat_id, ['one more']);
      const read = (to: number) => world.bob.json.request('messages.read', { chat_id, seq: to });
      assert.deepEqual(await read(seq), { read_seq: seq, unread_count: 1 });
      assert.deepEqual(await read(last! + 100), { read_seq: last, unread_count: 0 });
      assert.deepEqual(await read(1), { read_seq: last, unread_count: 0 });
      const { chat } = await world.bob.json.request('chats.get', { chat_id });
      assert.deepEqual([chat.read_seq, chat.unread_count], [last, 0]);
    },
  },
  {
    name: 'messages: sending reads',
    section: 5,
    says: 'Sending moves the sender’s own `read_seq` to the new message. `unread_count = last_seq - read_seq`.',
    run: async (world) => {
      const { chat_id } = await world.freshGroup();
      const [last] = await sendAll(world, chat_id, ['mine']);
      await world.ann.sees('it', (update) => update['chat_id'] === chat_id && update['seq'] === last);
      const { chat } = await world.ann.json.request('chats.get', { chat_id });
      assert.deepEqual([chat.read_seq, chat.unread_count], [last, chat.last_seq - last!]);
    },
  },
  {
    name: 'messages: who comes later',
    section: 5,
    says: 'A new member’s `read_seq` starts just below the first message they may see.',
    run: async (world) => {
      const { chat_id, seq } = await world.freshGroup();
      await world.ann.json.request('chats.addMembers', { chat_id, user_ids: [world.cat.userId] });
      const { update } = await world.cat.sees(
        'chat.new',
        (one) => one['type'] === 'chat.new' && one['chat_id'] === chat_id,
      );
      assert.equal(update['read_seq'], Number(update['visible_from_seq']) - 1);
      const { messages } = await world.cat.json.request('messages.history', { chat_id });
      assert.ok(
        messages.every((message: { seq: number }) => message.seq > seq),
        'nothing from before',
      );
    },
  },
  {
    name: 'messages: removed, and nothing more',
    section: 5,
    says: '`chat.removed`, their last entry of that chat; a former member gets `NOT_A_MEMBER`.',
    run: async (world) => {
      const { chat_id } = await world.freshGroup();
      await world.ann.json.request('chats.removeMember', { chat_id, user_id: world.bob.userId });
      await world.bob.sees(
        'chat.removed',
        (update) => update['type'] === 'chat.removed' && update['chat_id'] === chat_id,
      );
      await sendAll(world, chat_id, ['without him']);
      await assert.rejects(world.bob.json.request('messages.history', { chat_id }), /NOT_A_MEMBER/);
      await assert.rejects(
        world.bob.json.request('messages.send', {
          chat_id,
          client_msg_id: key(),
          content: says('still here'),
        }),
        /NOT_A_MEMBER/,
      );
      const { updates } = await world.bob.json.request('updates.getDifference', {
        sync_token: world.bob.json.session['sync_token'],
        limit: 1000,
      });
      const about = updates.filter(
        (one: { update: Record<string, unknown> }) => one.update['chat_id'] === chat_id,
      );
      assert.equal(about.at(-1).update.type, 'chat.removed');
    },
  },
  {
    name: 'messages: typing',
    section: 5,
    says: 'Ephemeral notifications, never in the log: `typing {chat_id, user_id, action, expires_in_ms}`.',
    run: async (world) => {
      const { chat_id } = await world.freshGroup();
      const { ann, bob } = world;
      await bob.sees('chat.new', (update) => update['type'] === 'chat.new' && update['chat_id'] === chat_id);
      await ann.json.request('typing.set', { chat_id, action: 'recording' });
      const find = () =>
        bob.json.notifications.find(
          ({ method, params }) => method === 'typing' && params['chat_id'] === chat_id,
        );
      await bob.json.until(() => find() !== undefined);
      const { params } = find()!;
      expectShape(
        object({ chat_id: id, user_id: id, action: someText, expires_in_ms: ordinal }),
        params,
        'typing',
      );
      assert.deepEqual([params['user_id'], params['action']], [ann.userId, 'recording']);
    },
  },
  {
    name: 'messages: blocked',
    section: 5,
    says: 'Whom a user has blocked can send nothing into the direct chat of the two.',
    run: async (world) => {
      const newcomer = await world.newcomer();
      const made = { kind: 'direct', member_ids: [world.ann.userId], client_request_id: key() };
      const { chat } = await newcomer.json.request('chats.create', made);
      await world.ann.json.request('users.block', { user_id: newcomer.userId });
      const send = () =>
        newcomer.json.request('messages.send', {
          chat_id: chat.chat_id,
          client_msg_id: key(),
          content: says('please'),
        });
      await assert.rejects(send(), /BLOCKED/);
      await world.ann.json.request('users.unblock', { user_id: newcomer.userId });
      await send();
    },
  },
];
