/** Words that occur nowhere by chance, put wherever a user may put a text, in what is accepted and in what is refused. */
import { randomBytes } from 'node:crypto';
import { v7 as uuidV7 } from 'uuid';
import { WireClient } from '../support/wire-client.js';
import type { Besieged } from './besieged.js';

/** Random letters: they occur nowhere by chance. */
export const canary = (): string => `canary${randomBytes(9).toString('hex')}`;

/** Name → what must not be found. */
export interface Planted {
  readonly words: Readonly<Record<string, string>>;
  /** Of the group where they were written, and who wrote it. */
  readonly chatId: string;
  readonly userId: string;
}

export async function plant(besieged: Besieged): Promise<Planted> {
  const { url } = besieged;
  const phone = `+1555${String(Number.parseInt(randomBytes(4).toString('hex'), 16))
    .padStart(10, '7')
    .slice(0, 10)}`;
  const names = [
    'display name',
    'device name',
    'client name',
    'client version',
    'title',
    'text',
    'caption',
    'edited',
    'reply',
    'nickname',
    'about',
  ] as const;
  const words = Object.fromEntries(names.map((name) => [name, canary()])) as Record<
    (typeof names)[number],
    string
  >;
  const { dev_code: code } = await besieged.post('/v1/auth/otp/request', { phone });
  const device = { name: words['device name'], type: 'web' };
  const identity = await besieged.post('/v1/auth/otp/verify', {
    phone,
    code,
    device,
    display_name: words['display name'],
  });
  const client = await WireClient.connect(url);
  const info = { name: words['client name'], version: words['client version'].slice(0, 32) };
  const session = await client.request('session.open', { access_token: identity.access_token, client: info });
  const ask = (method: string, params: object) => client.request(method, params).catch(() => undefined);
  const { chat } = await client.request('chats.create', {
    kind: 'group',
    member_ids: [besieged.stranger.userId],
    title: words.title,
  });
  const about = { chat_id: chat.chat_id };
  const send = (content: object, more = {}) =>
    ask('messages.send', { ...about, client_msg_id: uuidV7(), content, ...more });
  await send({ type: 'text', text: words.text });
  await send({ type: 'media', media_id: uuidV7(), caption: words.caption });
  await send({ type: 'text', text: words.reply }, { reply_to_seq: 2 });
  await ask('messages.edit', { ...about, seq: 2, content: { type: 'text', text: words.edited } });
  await ask('messages.react', { ...about, seq: 2, emoji: '👍' });
  await ask('contacts.sync', { phones: [phone] });
  await ask('contacts.set', { user_id: besieged.stranger.userId, nickname: words.nickname });
  await ask('users.update', { about: words.about });
  for (const method of [
    'chats.list',
    'contacts.list',
    'sync.snapshot',
    'messages.history',
    'updates.getState',
  ])
    await ask(method, method === 'messages.history' ? about : {});
  const refused = await plantInRefused(besieged, client, about);
  client.drop();
  const { access_token, refresh_token } = await besieged.post('/v1/auth/refresh', {
    refresh_token: identity.refresh_token,
  });
  await besieged.http('/v1/auth/logout', {}, { authorization: `Bearer ${access_token}` });
  const secrets = { phone, code, sync_token: session['sync_token'] as string, access_token, refresh_token };
  const more = { 'first access token': identity.access_token, 'first refresh token': identity.refresh_token };
  // Six digits occur in dates; with their name they do not.
  const all = { ...words, ...refused, ...secrets, ...more, code: `"code":"${code}"` };
  return { words: all, chatId: chat.chat_id, userId: identity.user_id };
}

/** Of requests that are refused, at every stage. */
async function plantInRefused(
  besieged: Besieged,
  client: WireClient,
  about: object,
): Promise<Record<string, string>> {
  const names = [
    'a wrong type',
    'an unknown field',
    'a method',
    'an id',
    'no JSON',
    'a token',
    'a body',
    'a path',
    'a query',
    'a header',
    'a cursor',
    'a phone',
  ];
  const words = Object.fromEntries(names.map((name) => [name, canary()]));
  const given = (name: string) => words[name]!;
  const ask = (method: string, params: object) => client.request(method, params).catch(() => undefined);
  await ask('messages.send', { ...about, client_msg_id: uuidV7(), content: { type: given('a wrong type') } });
  await ask('messages.send', { ...about, [given('an unknown field')]: given('an unknown field') });
  await ask(given('a method'), {});
  await ask('chats.get', { chat_id: given('an id') });
  await ask('chats.list', { cursor: given('a cursor') });
  await client.raw(given('no JSON'));
  await ask('contacts.sync', { phones: [given('a phone')] });
  await ask('session.refresh', { access_token: given('a token') });
  await besieged.http('/v1/auth/otp/request', { phone: given('a body') });
  await besieged.http('/v1/auth/refresh', { refresh_token: given('a token') });
  await besieged.http(`/v1/${given('a path')}/%zz`, undefined);
  await besieged.http(`/v1/updates?sync_token=${given('a query')}`, undefined);
  await besieged.http(
    '/v1/rpc',
    {},
    { authorization: `Bearer ${given('a header')}`, 'odnix-seen': given('a header') },
  );
  return words;
}
