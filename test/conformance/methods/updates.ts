/** Section 4: where a log is, what came after, how far it is stored; snapshots; chat by chat. */
import type { MethodEntry } from '../method-check.js';
import { channelNotification, updateNotification } from '../update-shapes.js';
import { chat, message, nextCursor, user } from '../objects.js';
import { byName, called, count, exactly, flag, hash, list, object, opaque, time } from '../shape.js';

const difference = exactly('difference', 'slice', 'empty', 'too_long');
const since = object({
  messages: list(message),
  'changed?': list(message),
  last_seq: count,
  chat_pts: count,
  more: flag,
});

export const updatesMethods: Readonly<Record<string, MethodEntry>> = {
  'updates.getState': {
    section: 4,
    params: () => ({}),
    result: object({ pts: count, sync_token: opaque, date_ms: time }),
    spec: 'apps/gateway/gateway.int.spec.ts',
  },
  'updates.getDifference': {
    section: 4,
    params: () => ({ pts: 0, limit: 10 }),
    optional: ['limit'],
    either: ['pts', 'sync_token'],
    result: object({
      type: difference,
      updates: list(called('update', updateNotification)),
      pts: count,
      sync_token: opaque,
    }),
    errors: {
      PTS_FROM_FUTURE: ({ ask }) => ask({ pts: 1_000_000_000 }),
      SYNC_TOKEN_INVALID: ({ ask }) => ask({ sync_token: 'AQEBAQEB' }),
    },
    alsoAnswers: ['NOT_CAUGHT_UP'],
    spec: 'test/e2e/transports.int.spec.ts',
  },
  'updates.ack': {
    section: 4,
    params: () => ({ pts: 1 }),
    result: object({}),
    errors: { PTS_FROM_FUTURE: ({ ask }) => ask({ pts: 1_000_000_000 }) },
    spec: 'apps/gateway/gateway.int.spec.ts',
  },
  'sync.snapshot': {
    section: 4,
    params: () => ({ chats_limit: 2, messages_limit: 2 }),
    optional: ['chats_limit', 'messages_limit'],
    result: object({
      pts: count,
      sync_token: opaque,
      hash,
      chats: list(chat),
      users: list(user),
      ...nextCursor,
    }),
    spec: 'test/e2e/convergence.int.spec.ts',
  },
  'sync.chats': {
    section: 4,
    chat: 'group',
    params: ({ chat_id }) => ({ watermarks: { [chat_id]: { seq: 0 } }, limit: 10 }),
    optional: ['limit'],
    result: object({ chats: byName('chat_id', since) }),
    refused: (answer, chat_id) => answer.chats[chat_id].error,
    spec: 'apps/query-handler/sync-chats.int.spec.ts',
  },
  'channels.getDifference': {
    section: 4,
    chat: 'channel',
    params: ({ chat_id }) => ({ chat_id, chat_pts: 0, limit: 10 }),
    optional: ['limit'],
    result: object({
      type: exactly('difference', 'slice', 'empty'),
      updates: list(called('channel.update', channelNotification)),
      chat_pts: count,
    }),
    errors: {
      WRONG_CHAT_KIND: ({ ask, world }) => ask({ chat_id: world.chats.group.chat_id, chat_pts: 0 }),
      PTS_FROM_FUTURE: ({ ask, chat_id }) => ask({ chat_id, chat_pts: 1_000_000 }),
    },
    spec: 'apps/query-handler/channels.int.spec.ts',
  },
};
