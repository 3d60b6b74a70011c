/** Section 4: channels, which members follow by the chat's own log. */
import assert from 'node:assert/strict';
import { WireClient } from '../../support/wire-client.js';
import type { Check } from '../check.js';
import { expectShape } from '../shape.js';
import { channelNotification } from '../update-shapes.js';
import { key, says, type World } from '../world.js';

async function channel({
  ann,
  bob,
}: World): Promise<{ chat_id: string; send(text: string): Promise<number> }> {
  const made = { kind: 'channel', member_ids: [bob.userId], title: 'Channel', client_request_id: key() };
  const { chat } = await ann.json.request('chats.create', made);
  const { chat_id } = chat;
  await bob.sees('chat.new', (update) => update['type'] === 'chat.new' && update['chat_id'] === chat_id);
  const send = async (text: string): Promise<number> =>
    (await ann.json.request('messages.send', { chat_id, client_msg_id: key(), content: says(text) }))['seq'];
  return { chat_id, send };
}

const told = (client: WireClient, method: string, chat_id: string) =>
  client.notifications
    .filter((one) => one.method === method && one.params['chat_id'] === chat_id)
    .map(({ params }) => params);

export const channelFlows: readonly Check[] = [
  {
    name: 'channels: live, and not copied',
    section: 4,
    says: 'Chats of kind `channel` are not copied into every member’s log: live updates come as `channel.update {chat_id, chat_pts, chat_pts_count, update}`.',
    run: async (world) => {
      const { chat_id, send } = await channel(world);
      const { json } = world.bob;
      const seqs = [await send('one'), await send('two')];
      await json.until(() =>
        told(json, 'channel.update', chat_id).some(({ update }: any) => update.seq === seqs[1]),
      );
      const live = told(json, 'channel.update', chat_id);
      for (const params of live) expectShape(channelNotification, params, 'channel.update');
      const numbers = live.map(({ chat_pts }) => chat_pts);
      assert.deepEqual(
        numbers,
        numbers.map((_: number, at: number) => numbers[0] + at),
      );
      assert.ok(
        !json.updates.some(({ update }) => update.type === 'message.new' && update['chat_id'] === chat_id),
        'nothing of it in the log',
      );
    },
  },
  {
    name: 'channels: the difference',
    section: 4,
    says: '`channels.getDifference {chat_id, chat_pts, limit?}` fills holes; `chat_pts` numbers what happened without holes.',
    run: async (world) => {
      const { chat_id, send } = await channel(world);
      for (const text of ['one', 'two', 'three']) await send(text);
      const numbers: number[] = [];
      for (let chat_pts = 0; ;) {
        const answer = await world.ann.json.request('channels.getDifference', {
          chat_id,
          chat_pts,
          limit: 2,
        });
        numbers.push(...answer['updates'].map((update: { chat_pts: number }) => update.chat_pts));
        ({ chat_pts } = answer as { chat_pts: number });
        if (answer['type'] !== 'slice') break;
      }
      assert.deepEqual(
        numbers,
        numbers.map((_, at) => at + 1),
      );
      assert.ok(numbers.length >= 4);
    },
  },
  {
    name: 'channels: behind',
    section: 4,
    says: 'After `session.open` with a token the server notifies `channel.behind {chat_id, chat_pts}` for each that moved on.',
    run: async (world) => {
      const { chat_id, send } = await channel(world);
      const { bob, url } = world;
      const { sync_token } = await bob.json.request('updates.getState');
      await send('moved on');
      const client = await WireClient.open(url, bob.identity.access_token, sync_token);
      await client.until(() => told(client, 'channel.behind', chat_id).length > 0);
      client.drop();
      assert.ok(Number.isSafeInteger(told(client, 'channel.behind', chat_id)[0]!['chat_pts']));
    },
  },
];
