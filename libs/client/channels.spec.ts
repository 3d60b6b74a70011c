import { untold } from '#domain/user-log/fold.js';
import { expect, test } from 'vitest';
import type { ChatView } from '#domain/user-log/update.js';
import { Channels } from './channels.js';
import { MemoryStore } from './local-store.js';
import { OdnixError } from './odnix-error.js';
import { Replica } from './replica.js';
import { VirtualEnvironment } from './testing/virtual-environment.js';

const chat_id = '0198c5a0-0000-7000-8000-000000000001';
const chat: ChatView = {
  chat_id,
  kind: 'channel',
  title: 'ours',
  ...untold,
  photo_media_id: null,
  created_at_ms: 1,
  role: 'member',
  member_count: 2,
  last_seq: 0,
  read_seq: 0,
  unread_count: 0,
  delivered_outbox_seq: 0,
  read_outbox_seq: 0,
  muted_until_ms: null,
  archived: false,
  pinned: false,
  chat_pts: 40,
  visible_from_seq: 1,
};
const refused = (code: 'NOT_A_MEMBER' | 'PTS_FROM_FUTURE') =>
  new OdnixError(code, code, { retryable: false });

function following(answers: Readonly<Record<string, () => object>>) {
  const environment = new VirtualEnvironment(1);
  const replica = new Replica('me', new MemoryStore());
  replica.replace({ chats: [chat], messages: [] }, { pts: 1, sync_token: 't1', hash: null });
  const asked: string[] = [];
  const problems: unknown[] = [];
  const channels = new Channels({
    environment,
    replica,
    request: (async (method: string) => {
      asked.push(method);
      return answers[method]!();
    }) as never,
    onApplied: () => undefined,
    onError: (error) => problems.push(error),
  });
  channels.online();
  return { environment, replica, channels, asked, problems };
}

// Seen failing with the answer taken as an error: it is asked for ever, and told as a problem each time.
test('who is in it no longer asks seldom, and tells nobody: the own log is on its way', async () => {
  const refusal = () => {
    throw refused('NOT_A_MEMBER');
  };
  const { channels, environment, problems, asked } = following({ 'channels.getDifference': refusal });
  channels.reaches(chat_id, 41);
  await environment.pass(60_000);
  expect(problems).toEqual([]);
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.length).toBeLessThan(20);
});

// Seen failing with the server's answer not installed.
test('a server that lost some of the channel’s log is believed: the chat is loaded anew', async () => {
  const last_message = {
    chat_id,
    seq: 1,
    chat_pts: 2,
    client_msg_id: 'm1',
    sender_id: 'someone',
    sender_device_id: 'd',
    date_ms: 1,
    content: { type: 'text', text: 'left' } as const,
    reactions: [],
  };
  const { channels, environment, replica } = following({
    'channels.getDifference': () => {
      throw refused('PTS_FROM_FUTURE');
    },
    'chats.get': () => ({ chat: { ...chat, chat_pts: 7, last_seq: 1, last_message } }),
    'messages.history': () => ({ messages: [last_message], more: false }),
  });
  channels.reaches(chat_id, 41);
  await environment.pass(600);
  expect(replica.chat(chat_id)).toMatchObject({ chat_pts: 7, last_seq: 1, unread_count: 1 });
  expect(replica.messages(chat_id)).toEqual([last_message]);
});
