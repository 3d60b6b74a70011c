/** Places in logs and lists that are not the caller's: sync tokens, cursors of pages, ids. */
import { expect, test } from 'vitest';
import { v7 as uuidV7 } from 'uuid';
import { WireClient } from '../support/wire-client.js';
import type { Besieged } from './besieged.js';

/** Each byte that matters changed; the rest is as the server gave it. */
function tampered(token: string): string[] {
  const bytes = Buffer.from(token, 'base64url');
  const flipped = Array.from({ length: bytes.length }, (_, at) => {
    const copy = Buffer.from(bytes);
    copy[at]! ^= 1;
    return copy.toString('base64url');
  });
  const odd = [
    token.slice(0, -1),
    `${token}A`,
    token.toUpperCase(),
    token.slice(0, -1) + '~',
    'AQ',
    'A'.repeat(83),
  ];
  return [...flipped, ...odd];
}

export const foreignPlaces = (besieged: () => Besieged): void => {
  test('sync tokens: tampered and foreign ones are refused, over every way in', async () => {
    const { pair, stranger, url } = besieged();
    const own = String(stranger.client.session['sync_token']);
    const foreign = String(pair.one.client.session['sync_token']);
    for (const sync_token of [foreign, ...tampered(own)])
      await expect
        .soft(stranger.request('updates.getDifference', { sync_token }), sync_token)
        .rejects.toThrow('SYNC_TOKEN_INVALID');
    const bearer = { authorization: `Bearer ${stranger.identity.access_token}` };
    for (const path of [
      `/v1/updates?timeout_ms=0&sync_token=${foreign}`,
      `/v1/updates/stream?sync_token=${foreign}`,
    ])
      expect(await besieged().http(path, undefined, bearer)).toEqual([400, 'SYNC_TOKEN_INVALID']);
    await expect(WireClient.open(url, stranger.identity.access_token, foreign)).rejects.toThrow(
      'SYNC_TOKEN_INVALID',
    );
    await expect(stranger.request('updates.getDifference', { pts: 1_000_000 })).rejects.toThrow(
      'PTS_FROM_FUTURE',
    );
    await expect(stranger.request('updates.ack', { pts: Number.MAX_SAFE_INTEGER })).rejects.toThrow(
      'PTS_FROM_FUTURE',
    );
  });

  test('cursors of pages: whatever is in them, nobody reads what is not theirs, and nothing fails', async () => {
    const { pair, stranger } = besieged();
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const values = [
      [],
      [null],
      {},
      'x',
      1,
      [1],
      [-1, 2 ** 53],
      ['x', 'y'],
      [1, pair.chatId, 3],
      [[[]]],
      [{ __proto__: 1 }],
      ["'; drop table x; --"],
    ];
    for (const method of ['chats.list', 'sync.snapshot'])
      for (const value of values)
        await expect
          .soft(stranger.request(method, { cursor: encode(value) }), JSON.stringify(value))
          .rejects.toThrow(/INVALID_PARAMS.*cursor/);
    // Of the right shape, but of other people's: only their own chats are there to be seen.
    const list = await stranger.patiently('chats.list', { cursor: encode([Date.now() + 1e6, pair.chatId]) });
    expect(list.chats).toEqual([]);
    await expect(
      stranger.request('chats.members', { chat_id: pair.chatId, cursor: encode([pair.one.userId]) }),
    ).rejects.toThrow('NOT_A_MEMBER');
  });

  test('a stranger is told the same of a chat that is there and of one that is not', async () => {
    const { pair, stranger } = besieged();
    const before = await besieged().stored();
    const content = { type: 'text', text: 'hello' };
    for (const chat_id of [pair.chatId, '0198c5a0-0000-7000-8000-000000000001']) {
      const attempts: [string, object][] = [
        ['chats.get', {}],
        ['chats.members', {}],
        ['chats.leave', {}],
        ['chats.addMembers', { user_ids: [stranger.userId] }],
        ['chats.removeMember', { user_id: pair.one.userId }],
        ['messages.send', { client_msg_id: uuidV7(), content }],
        ['messages.edit', { seq: 1, content }],
        ['messages.delete', { seqs: [1], for: 'everyone' }],
        ['messages.react', { seq: 1, emoji: '👍' }],
        ['messages.read', { seq: 1 }],
        ['messages.history', {}],
        ['channels.getDifference', { chat_pts: 0 }],
      ];
      for (const [method, params] of attempts) {
        const refusal = await stranger
          .patiently(method, { chat_id, ...params })
          .catch((error: Error) => error.message);
        expect.soft(refusal).toBe(`${method}: -32000 NOT_A_MEMBER {}`);
      }
      const { chats } = await stranger.patiently('sync.chats', { watermarks: { [chat_id]: { seq: 0 } } });
      expect.soft(chats[chat_id]).toEqual({ error: { code: 'NOT_A_MEMBER', retryable: false } });
    }
    expect(await besieged().stored()).toEqual(before);
  });
};
