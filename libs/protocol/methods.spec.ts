import type { UserContent } from '#domain/chat/events.js';
import { expect, test } from 'vitest';
import { storedContent } from './entities.js';
import { methods, type MethodName } from './methods.js';
import { validate } from './validate.js';

const id = '0198c5a0-0000-7000-8000-000000000001';
const other = '0198c5a0-0000-7000-8000-000000000002';
const text = { type: 'text', text: 'hello' };
const longest = 'x'.repeat(4_096);

const linked = 'see HTTPS://a.example/ö?q=1 or call';
const formatted = [
  { ...text, entities: [{ type: 'bold', offset: 0, length: 5 }] },
  {
    type: 'media',
    media_id: other,
    caption: 'hello',
    entities: [{ type: 'mention', offset: 0, length: 5, user_id: other }],
  },
  {
    type: 'text',
    text: linked,
    entities: [
      { type: 'link', offset: 4, length: 23 },
      { type: 'text_link', offset: 31, length: 4, url: 'tel:+15550100' },
      { type: 'text_link', offset: 0, length: 3, url: 'https://bücher.example/a b'.replace(' ', '%20') },
      { type: 'pre', offset: 28, length: 2, language: 'c++' },
    ],
  },
];

const accepted: Record<MethodName, readonly object[]> = {
  'session.open': [
    { access_token: 'a.b-c_d', client: { name: 'cli', version: '1' } },
    { access_token: 'a', sync_token: 'AQEB', resume: true, client: { name: 'cli', version: '1' } },
  ],
  'session.refresh': [{ access_token: 'a.b' }],
  'session.ping': [{}],
  'updates.getState': [{}],
  'updates.getDifference': [{ sync_token: 'AQEB' }, { pts: 0 }, { pts: 4, limit: 1_000 }],
  'updates.ack': [{ pts: 1 }],
  'sync.snapshot': [{}, { chats_limit: 1, messages_limit: 0, cursor: 'abc' }],
  'sync.chats': [
    { watermarks: { [id]: { seq: 0 }, [other]: { chat_pts: 7 } } },
    { watermarks: { [id]: { chat_pts: 0 } }, limit: 100 },
  ],
  'channels.getDifference': [
    { chat_id: id, chat_pts: 0 },
    { chat_id: id, chat_pts: 7, limit: 1_000 },
  ],
  'devices.acceptQr': [{ qr_token: 'aB-_9' }],
  'devices.list': [{}],
  'devices.revoke': [{ device_id: id }, { others: true }],
  'chats.create': [
    { kind: 'direct', member_ids: [other], client_request_id: id },
    { kind: 'group', member_ids: [], title: 'ours', client_request_id: id },
    { kind: 'channel', member_ids: [], title: 'ours', client_request_id: id },
    { kind: 'group', member_ids: [], description: 'us', history: 'all', client_request_id: id },
  ],
  'chats.update': [
    { chat_id: id },
    { chat_id: id, title: 'ours', description: 'x'.repeat(512), photo_media_id: other },
    { chat_id: id, description: null, photo_media_id: null, client_request_id: other },
    { chat_id: id, permissions: { send: 'admin' }, history: 'all' },
    { chat_id: id, permissions: { add_members: 'member', change_info: 'owner' }, history: 'joined' },
  ],
  'chats.get': [{ chat_id: id }],
  'chats.list': [{}, { cursor: 'abc', limit: 100, archived: false }],
  'chats.members': [{ chat_id: id }],
  'chats.addMembers': [{ chat_id: id, user_ids: [other] }],
  'chats.removeMember': [{ chat_id: id, user_id: other, client_request_id: id }],
  'chats.setRole': [{ chat_id: id, user_id: other, role: 'owner' }],
  'chats.ban': [{ chat_id: id, user_id: other }],
  'chats.unban': [{ chat_id: id, user_id: other, client_request_id: id }],
  'chats.banned': [{ chat_id: id }, { chat_id: id, cursor: 'abc', limit: 100 }],
  'chats.leave': [{ chat_id: id }],
  'chats.setMuted': [
    { chat_id: id, until_ms: 0 },
    { chat_id: id, until_ms: null, client_request_id: other },
  ],
  'chats.setArchived': [{ chat_id: id, archived: true }],
  'chats.setPinned': [{ chat_id: id, pinned: false }],
  'messages.send': [
    { chat_id: id, client_msg_id: id, content: text, reply_to_seq: 1, silent: true },
    { chat_id: id, client_msg_id: id, content: { type: 'text', text: longest } },
    { chat_id: id, client_msg_id: id, content: { type: 'text', text: '😀'.repeat(4_096) } },
    { chat_id: id, client_msg_id: id, content: { type: 'media', media_id: other, caption: 'c' } },
    ...formatted.map((content) => ({ chat_id: id, client_msg_id: id, content })),
    {
      chat_id: id,
      client_msg_id: id,
      content: { type: 'encrypted', envelopes: [{ device_id: other, ciphertext: 'YWJj' }] },
    },
  ],
  'messages.search': [
    { query: '"' },
    { query: '😀'.repeat(128), chat_id: id, from_user_id: other, cursor: 'abc', limit: 100 },
  ],
  'presence.watch': [{ user_ids: [] }, { user_ids: [id, other] }],
  'presence.set': [{ status: 'online' }, { status: 'offline' }],
  'messages.edit': [{ chat_id: id, seq: 1, content: text }],
  'messages.delete': [{ chat_id: id, seqs: [1, 2], for: 'everyone' }],
  'messages.react': ['👍', '❤️', '❤', '👩‍👩‍👧', '🇩🇪', null].map((emoji) => ({ chat_id: id, seq: 1, emoji })),
  'messages.read': [{ chat_id: id, seq: 1 }],
  'messages.history': [{ chat_id: id }, { chat_id: id, before_seq: 5 }, { chat_id: id, after_seq: 0 }],
  'messages.reactions': [
    { chat_id: id, seq: 1 },
    { chat_id: id, seq: 1, emoji: '👍', cursor: 'abc', limit: 100 },
  ],
  'messages.receipts': [{ chat_id: id, seq: 1 }],
  'messages.edits': [{ chat_id: id, seq: 1, cursor: 'abc', limit: 1 }],
  'typing.set': [
    { chat_id: id, action: 'typing' },
    { chat_id: id, action: 'none', read_seq: 3 },
  ],
  'calls.request': [
    { user_id: id, kind: 'audio' },
    { user_id: id, kind: 'video', payload: 'x'.repeat(16_384), client_request_id: other },
  ],
  'calls.accept': [
    { chat_id: id, call_id: other },
    { chat_id: id, call_id: other, payload: '{}' },
  ],
  'calls.signal': [{ chat_id: id, call_id: other, payload: '{"candidate":"…"}' }],
  'calls.discard': [
    { chat_id: id, call_id: other },
    { chat_id: id, call_id: other, reason: 'busy', client_request_id: id },
  ],
  'calls.iceServers': [{}],
  'users.get': [{ user_id: id }],
  'users.block': [{ user_id: id }, { user_id: id, client_request_id: other }],
  'users.unblock': [{ user_id: id }],
  'users.blocked': [{}, { cursor: 'abc', limit: 1 }],
  'users.update': [{ display_name: 'Ann' }, { about: null }, { display_name: 'Ann', about: '' }],
  'users.setPrivacy': [{ last_seen: 'contacts' }, { last_seen: 'nobody', client_request_id: id }],
  'users.getPrivacy': [{}],
  'contacts.set': [
    { user_id: id, nickname: 'Annie' },
    { user_id: id, nickname: null, client_request_id: other },
    { user_id: id, nickname: '' },
  ],
  'contacts.list': [{}, { cursor: 'abc', limit: 1 }],
  'contacts.sync': [{ phones: ['+15550100', '+4915112345678'] }],
};

const ids = (count: number) => Array.from({ length: count }, (_, at) => id.slice(0, -3) + (100 + at));
const send = { chat_id: id, client_msg_id: id, content: text };

/** Method, parameters, and exactly the fields that the answer must name. */
const refused: readonly (readonly [MethodName, unknown, readonly string[]])[] = [
  ...[null, 1, 'x', [], true].map((params) => ['session.ping', params, ['params']] as const),
  ['session.ping', { now: 1 }, ['now']],
  ['calls.request', { user_id: id }, ['kind']],
  ['calls.request', { user_id: 'x', kind: 'fax', payload: '' }, ['user_id', 'kind', 'payload']],
  ['calls.accept', { chat_id: id }, ['call_id']],
  ['calls.signal', { chat_id: id, call_id: id, payload: 'x'.repeat(16_385) }, ['payload']],
  ['calls.signal', { chat_id: id, call_id: id, payload: { sdp: '' } }, ['payload']],
  ['calls.discard', { chat_id: id, call_id: id, reason: 'missed' }, ['reason']],
  ['session.open', {}, ['access_token', 'client']],
  ['session.open', { access_token: 'a', client: 'cli' }, ['client']],
  [
    'session.open',
    { access_token: 'a', client: { name: '', version: '1', os: 'x' } },
    ['client.os', 'client.name'],
  ],
  ['updates.getDifference', {}, ['sync_token']],
  ['updates.getDifference', { sync_token: 'AQEB', pts: 1 }, ['pts']],
  ['updates.getDifference', { pts: -1 }, ['pts']],
  ['updates.getDifference', { pts: 1, limit: 1_001 }, ['limit']],
  ['updates.ack', { pts: 1.5 }, ['pts']],
  ['updates.ack', { pts: 2 ** 53 }, ['pts']],
  ['updates.ack', { pts: '1' }, ['pts']],
  ['channels.getDifference', { chat_id: id }, ['chat_pts']],
  ['channels.getDifference', { chat_id: id, chat_pts: -1, limit: 0 }, ['chat_pts', 'limit']],
  ['sync.chats', {}, ['watermarks']],
  ['sync.chats', { watermarks: {} }, ['watermarks']],
  ['sync.chats', { watermarks: [{ seq: 1 }] }, ['watermarks']],
  ['sync.chats', { watermarks: { 'a.*': { seq: 1 } } }, ['watermarks']],
  ['sync.chats', JSON.parse(`{"watermarks":{"__proto__":{"seq":1}}}`), ['watermarks']],
  [
    'sync.chats',
    { watermarks: Object.fromEntries(ids(201).map((one) => [one, { seq: 1 }])) },
    ['watermarks'],
  ],
  ['sync.chats', { watermarks: { [id]: 1, [other]: [] } }, [`watermarks.${id}`, `watermarks.${other}`]],
  ['sync.chats', { watermarks: { [id]: {}, [other]: { seq: 1 } } }, [`watermarks.${id}.seq`]],
  ['sync.chats', { watermarks: { [id]: { seq: 1, chat_pts: 1 } } }, [`watermarks.${id}.chat_pts`]],
  ['sync.chats', { watermarks: { [id]: { seq: -1 } } }, [`watermarks.${id}.seq`]],
  ['sync.chats', { watermarks: { [id]: { chat_pts: 1.5 } } }, [`watermarks.${id}.chat_pts`]],
  ['sync.chats', { watermarks: { [id]: { seq: 1, at: 2 } } }, [`watermarks.${id}.at`]],
  ['sync.chats', { watermarks: { [id]: { seq: 1 } }, limit: 101 }, ['limit']],
  ['chats.create', { kind: 'secret', member_ids: [], client_request_id: id }, ['kind']],
  ['chats.create', { kind: 'direct', member_ids: [id, other], client_request_id: id }, ['member_ids']],
  ['chats.create', { kind: 'group', member_ids: [other, other], client_request_id: id }, ['member_ids']],
  ['chats.create', { kind: 'group', member_ids: { 0: other }, client_request_id: id }, ['member_ids']],
  ...['*', '>', 'a.b', 'a b', '\0', '', id.toUpperCase(), `${id}\n`, `${id}.>`, { id }, [id], 1, null].map(
    (chat_id) => ['chats.get', { chat_id }, ['chat_id']] as const,
  ),
  ['messages.send', { ...send, content: { type: 'service', event: { kind: 'created' } } }, ['content']],
  ['messages.send', { ...send, content: { type: 'text', text: '' } }, ['content.text']],
  ['messages.send', { ...send, content: { type: 'text', text: `${longest}x` } }, ['content.text']],
  ['messages.send', { ...send, content: { type: 'text', text: 'a\0b' } }, ['content.text']],
  ['messages.send', { ...send, content: { type: 'text', text: '\ud800' } }, ['content.text']],
  ['messages.send', { ...send, content: { ...text, bold: true } }, ['content.bold']],
  ['messages.send', { ...send, content: [text] }, ['content']],
  ...(
    [
      [[], 'entities'],
      [{}, 'entities'],
      [null, 'entities'],
      [Array.from({ length: 101 }, (_, offset) => ({ type: 'bold', offset, length: 1 })), 'entities'],
      [[null], 'entities.0'],
      [['bold'], 'entities.0'],
      [[{ type: 'blink', offset: 0, length: 1 }], 'entities.0'],
      [[{ type: 'bold', offset: -1, length: 1 }], 'entities.0.offset'],
      [[{ type: 'bold', offset: 0, length: 0 }], 'entities.0.length'],
      [[{ type: 'bold', offset: 0, length: 1.5 }], 'entities.0.length'],
      [[{ type: 'bold', offset: 0, length: 1, url: 'https://a.example' }], 'entities.0.url'],
      [[{ type: 'mention', offset: 0, length: 1 }], 'entities.0.user_id'],
      [[{ type: 'pre', offset: 0, length: 1, language: 'a b' }], 'entities.0.language'],
      [[{ type: 'bold', offset: 0, length: 6 }], 'entities'],
      [[{ type: 'link', offset: 0, length: 5 }], 'entities'],
      ...[
        'javascript:alert(1)',
        'data:text/html,hi',
        'file:///etc/passwd',
        'https://bank.example@evil.example/',
        'https://:secret@a.example/',
        'https://',
        'https://a b.example/',
        'java\nscript:alert(1)',
        ' https://a.example/',
        '//a.example/',
        'a.example',
        `https://a.example/${'x'.repeat(2_048)}`,
        `https://a.example/${'ö'.repeat(1_000)}`,
        7,
      ].map((url) => [[{ type: 'text_link', offset: 0, length: 5, url }], 'entities.0.url'] as const),
    ] as const
  ).flatMap(([entities, field]) => [
    ['messages.send', { ...send, content: { ...text, entities } }, [`content.${field}`]] as const,
    [
      'messages.edit',
      { chat_id: id, seq: 1, content: { type: 'media', media_id: id, caption: 'hello', entities } },
      [`content.${field}`],
    ] as const,
  ]),
  [
    'messages.send',
    { ...send, content: { type: 'media', media_id: id, entities: [{ type: 'bold', offset: 0, length: 1 }] } },
    ['content.entities'],
  ],
  ['messages.send', { ...send, content: { type: 'toString' } }, ['content']],
  ['messages.send', { ...send, content: { type: 'encrypted', envelopes: ['x'] } }, ['content.envelopes.0']],
  ['messages.send', { ...send, content: { type: 'encrypted', envelopes: [null] } }, ['content.envelopes.0']],
  ['messages.send', { ...send, content: { type: 'encrypted', envelopes: [[]] } }, ['content.envelopes.0']],
  ['messages.send', { ...send, content: { type: 'encrypted', envelopes: [[{}]] } }, ['content.envelopes.0']],
  ['messages.send', { ...send, content: { ...text, entities: [[]] } }, ['content.entities.0']],
  ['messages.send', { ...send, content: { type: 'encrypted', envelopes: [] } }, ['content.envelopes']],
  [
    'messages.send',
    { ...send, content: { type: 'encrypted', envelopes: [{ device_id: 'x', ciphertext: 'YQ' }] } },
    ['content.envelopes.0.device_id'],
  ],
  ['messages.send', { ...send, reply_to_seq: null }, ['reply_to_seq']],
  ['messages.send', { ...send, silent: 'yes' }, ['silent']],
  [
    'messages.send',
    JSON.parse(`{"__proto__":{"chat_id":"${id}"},"constructor":false}`),
    ['__proto__', 'constructor', 'chat_id', 'client_msg_id', 'content'],
  ],
  ['messages.delete', { chat_id: id, seqs: [1, 1], for: 'everyone' }, ['seqs']],
  ['messages.delete', { chat_id: id, seqs: [], for: 'her' }, ['seqs', 'for']],
  ...['x', '1', '👍👍', '', 'ok 👍', 7].map(
    (emoji) => ['messages.react', { chat_id: id, seq: 1, emoji }, ['emoji']] as const,
  ),
  ['messages.react', { chat_id: id, seq: 1 }, ['emoji']],
  ['messages.reactions', { chat_id: id, seq: 0, emoji: null, limit: 101 }, ['seq', 'emoji', 'limit']],
  ['messages.receipts', { chat_id: id, seq: 1, limit: 1 }, ['limit']],
  ['messages.edits', { chat_id: id, cursor: 'a b', version: 1 }, ['seq', 'cursor', 'version']],
  ['messages.history', { chat_id: id, before_seq: 5, after_seq: 1 }, ['after_seq']],
  [
    'chats.update',
    { chat_id: id, title: null, description: '', photo_media_id: 'x', kind: 'channel' },
    ['title', 'description', 'photo_media_id', 'kind'],
  ],
  ['chats.update', { chat_id: id, description: 'x'.repeat(513) }, ['description']],
  [
    'chats.update',
    { chat_id: id, permissions: { send: 'all' }, history: 'none' },
    ['permissions.send', 'history'],
  ],
  ['chats.update', { chat_id: id, permissions: { read: 'owner' } }, ['permissions.read']],
  ['chats.update', { chat_id: id, permissions: null }, ['permissions']],
  ['chats.update', { chat_id: id, permissions: 'admin' }, ['permissions']],
  ['chats.setRole', { chat_id: id, user_id: 'x', role: 'king' }, ['user_id', 'role']],
  ['chats.ban', { chat_id: id }, ['user_id']],
  ['chats.unban', { user_id: id }, ['chat_id']],
  ['chats.banned', { chat_id: id, limit: 0 }, ['limit']],
  ['chats.setMuted', { chat_id: id, until_ms: -1 }, ['until_ms']],
  ['chats.setMuted', { chat_id: id }, ['until_ms']],
  ['chats.setArchived', { chat_id: id, archived: 1 }, ['archived']],
  ['chats.setPinned', { pinned: true }, ['chat_id']],
  ['users.block', { user_id: 'x', blocked: true }, ['user_id', 'blocked']],
  ['users.unblock', {}, ['user_id']],
  ['users.blocked', { limit: 0 }, ['limit']],
  ['users.update', {}, ['display_name']],
  ['users.update', { display_name: '' }, ['display_name']],
  ['users.update', { display_name: 'x'.repeat(65), about: 'y'.repeat(141) }, ['display_name', 'about']],
  ['users.setPrivacy', { last_seen: 'friends' }, ['last_seen']],
  ['contacts.set', { user_id: id }, ['nickname']],
  ['contacts.set', { user_id: id, nickname: 'x'.repeat(65) }, ['nickname']],
  ['contacts.list', { limit: 0 }, ['limit']],
  ['contacts.sync', { phones: ['5550100'] }, ['phones']],
  ['contacts.sync', { phones: Array.from({ length: 51 }, () => '+15550100') }, ['phones']],
];

for (const [name, all] of Object.entries(accepted) as [MethodName, readonly object[]][]) {
  test.for(all)(`${name} takes %j`, (params) => {
    const validated = validate(methods[name].params, params);
    expect(validated).toEqual({ ok: true, params });
  });
}

/** What changes something without being a command of an aggregate. */
const changing: readonly string[] = ['updates.ack', 'devices.acceptQr'];

test.for(Object.keys(accepted) as MethodName[])('%s may carry a key where it changes something', (name) => {
  const { params, route } = methods[name];
  const changes = route.endsWith('command') || changing.includes(name);
  const key = name === 'messages.send' ? 'client_msg_id' : 'client_request_id';
  expect(validate(params, { ...accepted[name][0], [key]: other }).ok).toBe(changes);
});

test.for(refused)('%s refuses %j', ([name, params, fields]) => {
  const validated = validate(methods[name].params, params);
  expect(validated.ok).toBe(false);
  if (!validated.ok) expect(Object.keys(validated.details).sort()).toEqual([...fields].sort());
});

test('details say what is expected and never hold a value', () => {
  const secret = 'do-not-echo';
  const validated = validate(methods['messages.send'].params, {
    chat_id: secret,
    client_msg_id: secret,
    content: { type: 'text', text: [secret] },
    reply_to_seq: secret,
  });
  expect(validated).toEqual({
    ok: false,
    details: {
      chat_id: 'a UUID in lower-case text',
      client_msg_id: 'a UUID in lower-case text',
      'content.text': 'a text of 1 to 4096 characters without NUL',
      reply_to_seq: 'an integer from 1',
    },
  });
});

test('what is wrong with entities is told by their number, without a word of the text', () => {
  const entities = [
    { type: 'bold', offset: 0, length: 3 },
    { type: 'italic', offset: 2, length: 3 },
  ];
  const validated = validate(methods['messages.send'].params, { ...send, content: { ...text, entities } });
  expect(validated).toEqual({
    ok: false,
    details: { 'content.entities': 'entity 1 overlaps another in part' },
  });
});

test('what is stored of them is in order, and where links lead as whoever opens them reads it', () => {
  const validated = validate(methods['messages.send'].params, { ...send, content: formatted[2] });
  if (!validated.ok) throw new Error('they were accepted above');
  const { content } = validated.params as { content: UserContent };
  expect(storedContent(content)).toEqual({
    type: 'text',
    text: linked,
    entities: [
      { type: 'text_link', offset: 0, length: 3, url: 'https://xn--bcher-kva.example/a%20b' },
      { type: 'link', offset: 4, length: 23 },
      { type: 'pre', offset: 28, length: 2, language: 'c++' },
      { type: 'text_link', offset: 31, length: 4, url: 'tel:+15550100' },
    ],
  });
});

test('many unknown fields, and very deep ones, cost no more than a few', () => {
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`f${index}`.repeat(50), 1]));
  const validated = validate(methods['session.ping'].params, many);
  expect(validated.ok || Object.keys(validated.details).length).toBe(20);
  const deep: unknown = JSON.parse(`${'['.repeat(30_000)}${']'.repeat(30_000)}`);
  expect(validate(methods['messages.send'].params, { ...send, content: deep }).ok).toBe(false);
  expect(
    validate(methods['messages.send'].params, { ...send, content: { type: 'text', text: deep } }).ok,
  ).toBe(false);
});
