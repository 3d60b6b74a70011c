/** Texts that would mean something to NATS, Postgres or JavaScript, wherever a client may put a text. */
import { expect, test } from 'vitest';
import { v7 as uuidV7 } from 'uuid';
import { WireClient } from '../support/wire-client.js';
import type { Besieged } from './besieged.js';

const meaningful = [
  '*',
  '>',
  'chat.>',
  '$JS.API.STREAM.DELETE.CHAT_0',
  'a.b',
  'two words',
  'x\r\nNats-Msg-Id: forged\r\n\r\n',
  'PUB chat.0.x 5\r\nhello\r\n',
  'nul\0',
  '\ud800',
  "'; drop schema accounts cascade; --",
  "' or '1'='1' --",
  '%27%20or%201=1',
  '${7*7}{{7*7}}',
  '__proto__',
  'constructor',
];
const asIds = ['chat_id', 'user_id', 'client_msg_id', 'client_request_id'];

export const injection = (besieged: () => Besieged): void => {
  test('ids, methods, tokens and cursors that are no ids, methods, tokens and cursors are refused by their names', async () => {
    const { stranger } = besieged();
    const before = await besieged().stored();
    const right = { chat_id: uuidV7(), client_msg_id: uuidV7(), content: { type: 'text', text: 'x' } };
    for (const text of meaningful) {
      await expect.soft(stranger.request(text, {})).rejects.toThrow('-32601 METHOD_NOT_FOUND');
      await expect.soft(stranger.request(`messages.send.${text}`, right)).rejects.toThrow('METHOD_NOT_FOUND');
      for (const name of asIds) {
        const method =
          name === 'user_id' ? 'users.get' : name === 'client_request_id' ? 'chats.create' : 'messages.send';
        const params =
          name === 'user_id' ? {} : name === 'client_request_id' ? { kind: 'group', member_ids: [] } : right;
        const refused = stranger.request(method, { ...params, [name]: text });
        await expect
          .soft(refused, `${name} ${text}`)
          .rejects.toThrow(new RegExp(`INVALID_PARAMS.*"${name}":"a UUID`));
      }
      await expect
        .soft(stranger.request('chats.create', { kind: 'group', member_ids: [text] }))
        .rejects.toThrow(/INVALID_PARAMS.*member_ids/);
      await expect
        .soft(stranger.request('sync.chats', { watermarks: { [text]: { seq: 0 } } }))
        .rejects.toThrow(/INVALID_PARAMS.*watermarks/);
      await expect
        .soft(stranger.request('updates.getDifference', { sync_token: text }))
        .rejects.toThrow(/INVALID_PARAMS.*sync_token|SYNC_TOKEN_INVALID/);
      await expect
        .soft(stranger.request('chats.list', { cursor: text }))
        .rejects.toThrow(/INVALID_PARAMS.*cursor/);
      await expect
        .soft(stranger.request('contacts.sync', { phones: [text] }))
        .rejects.toThrow(/INVALID_PARAMS.*phones/);
    }
    expect(await besieged().stored()).toEqual(before);
  });

  test('texts that may hold anything come back as they were, and change nothing else', async () => {
    const person = await besieged().signIn('+15550721');
    const client = await WireClient.open(besieged().url, person.access_token);
    const harmless = meaningful.filter((text) => text.isWellFormed() && !text.includes('\0'));
    const title = harmless.slice(-6).join(' ');
    const { chat } = await client.request('chats.create', {
      kind: 'group',
      member_ids: [],
      title,
    });
    expect(chat.title).toBe(title);
    for (const text of harmless)
      await client.request('messages.send', {
        chat_id: chat.chat_id,
        client_msg_id: uuidV7(),
        content: { type: 'text', text },
      });
    const { messages } = await client.request('messages.history', { chat_id: chat.chat_id, limit: 100 });
    expect(messages.map(({ content }: any) => content.text).filter(Boolean)).toEqual(harmless);
    client.drop();
  });

  test('members named as JavaScript’s own pollute nothing', async () => {
    const { stranger, url } = besieged();
    const before = await besieged().stored();
    const chat_id = uuidV7();
    const polluting =
      '"__proto__":{"role":"owner","silent":true},"constructor":{"prototype":{"role":"owner"}}';
    const params = [
      `{"chat_id":"${chat_id}",${polluting}}`,
      `{"watermarks":{${polluting}}}`,
      `{"watermarks":{"${chat_id}":{"seq":0,${polluting}}}}`,
      `{"chat_id":"${chat_id}","client_msg_id":"${uuidV7()}","content":{"type":"text","text":"x",${polluting}}}`,
      `{"access_token":"a","client":{"name":"x","version":"1",${polluting}}}`,
    ];
    const methods = ['chats.get', 'sync.chats', 'sync.chats', 'messages.send', 'session.open'];
    const items = params.map(
      (one, at) => `{"jsonrpc":"2.0","id":"p${at}","method":"${methods[at]}","params":${one}}`,
    );
    const client = await besieged().socket();
    for (const [at, item] of items.entries()) {
      const { error } = await client.raw(item);
      expect.soft(error.data.code, methods[at]).toBe('INVALID_PARAMS');
      expect
        .soft(Object.keys(error.data.details).join(), methods[at])
        .toMatch(/__proto__|constructor|watermarks/);
    }
    const batch = await client.raw(
      `[${items.join()},{"jsonrpc":"2.0","id":"q","method":"session.ping","__proto__":{"x":1}}]`,
    );
    expect(batch.map(({ error }: any) => error.code)).toEqual([...items.map(() => -32602), -32600]);
    // What is an object's own prototype in the server would be everybody's.
    expect(await besieged().http('/v1/auth/otp/request', '{"__proto__":{"phone":"+15550722"}}')).toEqual([
      400,
      'INVALID_PARAMS',
    ]);
    await expect(stranger.request('chats.get', {})).rejects.toThrow(/INVALID_PARAMS {"chat_id"/);
    await expect(WireClient.open(url, 'x')).rejects.toThrow('UNAUTHENTICATED');
    expect(await besieged().stored()).toEqual(before);
    client.drop();
  });
};
