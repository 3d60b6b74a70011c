/** Section 5: messages, and reading them. */
import { v7 as uuidV7 } from 'uuid';
import type { About, MethodEntry } from '../method-check.js';
import type { Caller } from '../rpc.js';
import { content, message, nextCursor, nothing } from '../objects.js';
import { count, flag, id, list, object, ordinal, someText, time } from '../shape.js';
import { key, says } from '../world.js';

/** Beyond the end of every chat of the suite. */
const nowhere = 1_000_000;
const minute_ms = 60_000;
/** A new one in the chat in question. */
const sentBy = async ({ chat_id }: About, by: Caller): Promise<number> =>
  (await by.request('messages.send', { chat_id, client_msg_id: key(), content: says('words') })).seq;

async function deletedBy(about: About, by: Caller): Promise<number> {
  const seq = await sentBy(about, by);
  await by.request('messages.delete', { chat_id: about.chat_id, seqs: [seq], for: 'everyone' });
  return seq;
}
const whoAndWhen = list(object({ user_id: id, at_ms: time }));
/** What the server says of a group's beginning. */
const service_seq = 1;

export const messagesMethods: Readonly<Record<string, MethodEntry>> = {
  'messages.send': {
    section: 5,
    chat: 'group',
    params: ({ chat_id, seq }) => ({
      chat_id,
      client_msg_id: key(),
      content: says('words'),
      reply_to_seq: seq,
      expires_in_s: 86_400,
      silent: true,
    }),
    optional: ['reply_to_seq', 'expires_in_s', 'silent'],
    result: object({ chat_id: id, seq: ordinal, date_ms: time, duplicate: flag }),
    errors: {
      NOT_FOUND: ({ ask, chat_id }) =>
        ask({ chat_id, client_msg_id: key(), content: says('words'), reply_to_seq: nowhere }),
      IDEMPOTENCY_MISMATCH: async ({ ask, chat_id }) => {
        const client_msg_id = key();
        await ask({ chat_id, client_msg_id, content: says('one') });
        return ask({ chat_id, client_msg_id, content: says('another') });
      },
      CLOCK_AHEAD: ({ ask, chat_id }) => {
        const client_msg_id = uuidV7({ msecs: Date.now() + 10 * minute_ms });
        return ask({ chat_id, client_msg_id, content: says('words') });
      },
    },
    alsoAnswers: ['BLOCKED', 'FORBIDDEN'],
    spec: 'test/e2e/messenger.int.spec.ts',
  },
  'messages.edit': {
    section: 5,
    chat: 'fresh',
    params: ({ chat_id, seq }) => ({ chat_id, seq, content: says('edited'), client_request_id: key() }),
    optional: ['client_request_id'],
    result: object({ edited_at_ms: time }),
    errors: {
      NOT_FOUND: ({ ask, chat_id }) => ask({ chat_id, seq: nowhere, content: says('edited') }),
      FORBIDDEN: async (about) =>
        about.ask({
          chat_id: about.chat_id,
          seq: await sentBy(about, about.world.bob.json),
          content: says('edited'),
        }),
      NOT_EDITABLE: ({ ask, chat_id }) => ask({ chat_id, seq: service_seq, content: says('edited') }),
      MESSAGE_DELETED: async (about) => {
        const { ask, caller, chat_id } = about;
        return ask({ chat_id, seq: await deletedBy(about, caller), content: says('edited') });
      },
    },
    alsoAnswers: ['BLOCKED'],
    spec: 'test/authorisation/authorisation.int.spec.ts',
  },
  'messages.delete': {
    section: 5,
    chat: 'fresh',
    params: ({ chat_id, seq }) => ({ chat_id, seqs: [seq], for: 'everyone', client_request_id: key() }),
    optional: ['client_request_id'],
    result: object({ deleted: list(ordinal) }),
    errors: {
      NOT_FOUND: ({ ask, chat_id }) => ask({ chat_id, seqs: [nowhere], for: 'everyone' }),
      NOT_EDITABLE: ({ ask, chat_id }) => ask({ chat_id, seqs: [service_seq], for: 'everyone' }),
      FORBIDDEN: ({ ask, chat_id, seq, world: { bob } }) =>
        ask({ chat_id, seqs: [seq], for: 'everyone' }, bob.json),
    },
    spec: 'test/authorisation/authorisation.int.spec.ts',
  },
  'messages.react': {
    section: 5,
    chat: 'fresh',
    params: ({ chat_id, seq }) => ({ chat_id, seq, emoji: '👍', client_request_id: key() }),
    optional: ['client_request_id'],
    result: nothing,
    errors: {
      NOT_FOUND: ({ ask, chat_id }) => ask({ chat_id, seq: nowhere, emoji: '👍' }),
      MESSAGE_DELETED: async (about) => {
        const { ask, caller, chat_id } = about;
        return ask({ chat_id, seq: await deletedBy(about, caller), emoji: '👍' });
      },
    },
    alsoAnswers: ['BLOCKED', 'REACTIONS_LIMIT'],
    spec: 'test/authorisation/authorisation.int.spec.ts',
  },
  'messages.read': {
    section: 5,
    chat: 'group',
    params: ({ chat_id, seq }) => ({ chat_id, seq, client_request_id: key() }),
    optional: ['client_request_id'],
    result: object({ read_seq: count, unread_count: count }),
    spec: 'test/e2e/messenger.int.spec.ts',
  },
  'messages.history': {
    section: 5,
    chat: 'group',
    params: ({ chat_id }) => ({ chat_id, before_seq: 10, limit: 10 }),
    optional: ['before_seq', 'limit'],
    result: object({ messages: list(message), more: flag }),
    spec: 'apps/query-handler/queries.int.spec.ts',
  },
  'messages.search': {
    section: 5,
    chat: 'group',
    params: ({ chat_id, world: { ann } }) => ({
      query: 'hello',
      chat_id,
      from_user_id: ann.userId,
      limit: 10,
    }),
    optional: ['chat_id', 'from_user_id', 'limit'],
    result: object({
      hits: list(object({ chat_id: id, seq: ordinal, snippet: someText })),
      ...nextCursor,
    }),
    spec: 'apps/query-handler/queries.int.spec.ts',
  },
  'messages.receipts': {
    section: 5,
    chat: 'group',
    params: ({ chat_id, seq }) => ({ chat_id, seq }),
    result: object({ delivered: whoAndWhen, read: whoAndWhen }),
    errors: {
      NOT_FOUND: ({ ask, chat_id }) => ask({ chat_id, seq: nowhere }),
      FORBIDDEN: ({ ask, chat_id, seq, world: { bob } }) => ask({ chat_id, seq }, bob.json),
      WRONG_CHAT_KIND: ({ ask, world: { chats } }) => ask({ ...chats.channel }),
      MESSAGE_DELETED: async (about) => {
        const { ask, caller, chat_id } = about;
        return ask({ chat_id, seq: await deletedBy(about, caller) });
      },
    },
    spec: 'apps/query-handler/queries.int.spec.ts',
  },
  'messages.reactions': {
    section: 5,
    chat: 'group',
    params: ({ chat_id, seq }) => ({ chat_id, seq, emoji: '👍', limit: 10 }),
    optional: ['emoji', 'limit'],
    result: object({
      reactions: list(object({ user_id: id, emoji: someText, at_ms: time })),
      ...nextCursor,
    }),
    errors: {
      NOT_FOUND: ({ ask, chat_id }) => ask({ chat_id, seq: nowhere }),
      MESSAGE_DELETED: async (about) => {
        const { ask, caller, chat_id } = about;
        return ask({ chat_id, seq: await deletedBy(about, caller) });
      },
    },
    spec: 'apps/query-handler/queries.int.spec.ts',
  },
  'messages.edits': {
    section: 5,
    chat: 'group',
    params: ({ chat_id, seq }) => ({ chat_id, seq, limit: 10 }),
    optional: ['limit'],
    result: object({
      versions: list(object({ chat_pts: ordinal, date_ms: time, content })),
      ...nextCursor,
    }),
    errors: {
      NOT_FOUND: ({ ask, chat_id }) => ask({ chat_id, seq: nowhere }),
      MESSAGE_DELETED: async (about) => {
        const { ask, caller, chat_id } = about;
        return ask({ chat_id, seq: await deletedBy(about, caller) });
      },
    },
    spec: 'apps/query-handler/queries.int.spec.ts',
  },
  'typing.set': {
    section: 5,
    chat: 'group',
    params: ({ chat_id, seq }) => ({ chat_id, action: 'typing', read_seq: seq }),
    optional: ['read_seq'],
    result: nothing,
    spec: 'test/e2e/messenger.int.spec.ts',
  },
};
