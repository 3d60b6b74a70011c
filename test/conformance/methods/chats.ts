/** Section 5: chats, who is in them, and how one has them. */
import type { MethodEntry } from '../method-check.js';
import { chat, member, nextCursor, nothing } from '../objects.js';
import { id, list, object, time } from '../shape.js';
import { key } from '../world.js';

const theChat = object({ chat });
const settings_spec = 'test/e2e/messenger.int.spec.ts';

export const chatsMethods: Readonly<Record<string, MethodEntry>> = {
  'chats.create': {
    section: 5,
    params: ({ world: { bob } }) => ({
      kind: 'group',
      member_ids: [bob.userId],
      title: 'Made by the suite',
      description: 'For a moment',
      history: 'all',
      client_request_id: key(),
    }),
    optional: ['title', 'description', 'history', 'client_request_id'],
    result: theChat,
    errors: {
      NOT_FOUND: ({ ask }) => ask({ kind: 'group', member_ids: [key()], client_request_id: key() }),
      IDEMPOTENCY_MISMATCH: async ({ ask }) => {
        const client_request_id = key();
        await ask({ kind: 'group', member_ids: [], title: 'One', client_request_id });
        return ask({ kind: 'group', member_ids: [], title: 'Another', client_request_id });
      },
    },
    alsoAnswers: ['BLOCKED', 'CHAT_EXISTS', 'MEMBERS_LIMIT'],
    spec: 'test/e2e/messenger.int.spec.ts',
  },
  'chats.update': {
    section: 5,
    chat: 'fresh',
    params: ({ chat_id }) => ({
      chat_id,
      title: 'Renamed',
      description: 'By the suite',
      photo_media_id: key(),
      permissions: { send: 'admin', add_members: 'member', change_info: 'owner' },
      history: 'all',
      client_request_id: key(),
    }),
    optional: ['title', 'description', 'photo_media_id', 'permissions', 'history', 'client_request_id'],
    result: theChat,
    errors: {
      FORBIDDEN: ({ ask, chat_id, world: { bob } }) => ask({ chat_id, title: 'Bob’s' }, bob.json),
      WRONG_CHAT_KIND: ({ ask, world: { chats } }) => ask({ chat_id: chats.direct.chat_id, title: 'Ours' }),
    },
    spec: 'test/authorisation/authorisation.int.spec.ts',
  },
  'chats.get': {
    section: 5,
    chat: 'group',
    params: ({ chat_id }) => ({ chat_id }),
    result: theChat,
    spec: 'apps/query-handler/queries.int.spec.ts',
  },
  'chats.list': {
    section: 5,
    params: () => ({ limit: 3, archived: false }),
    optional: ['limit', 'archived'],
    result: object({ chats: list(chat), ...nextCursor }),
    spec: 'apps/query-handler/queries.int.spec.ts',
  },
  'chats.members': {
    section: 5,
    chat: 'group',
    params: ({ chat_id }) => ({ chat_id, limit: 1 }),
    optional: ['limit'],
    result: object({ members: list(member), ...nextCursor }),
    spec: 'apps/query-handler/queries.int.spec.ts',
  },
  'chats.addMembers': {
    section: 5,
    chat: 'fresh',
    params: ({ chat_id, world: { cat } }) => ({ chat_id, user_ids: [cat.userId], client_request_id: key() }),
    optional: ['client_request_id'],
    result: theChat,
    errors: {
      NOT_FOUND: ({ ask, chat_id }) => ask({ chat_id, user_ids: [key()] }),
      FORBIDDEN: ({ ask, chat_id, world: { bob, cat } }) =>
        ask({ chat_id, user_ids: [cat.userId] }, bob.json),
      WRONG_CHAT_KIND: ({ ask, world: { cat, chats } }) =>
        ask({ chat_id: chats.direct.chat_id, user_ids: [cat.userId] }),
    },
    alsoAnswers: ['BANNED', 'MEMBERS_LIMIT'],
    spec: 'test/authorisation/authorisation.int.spec.ts',
  },
  'chats.removeMember': {
    section: 5,
    chat: 'fresh',
    params: ({ chat_id, world: { bob } }) => ({ chat_id, user_id: bob.userId, client_request_id: key() }),
    optional: ['client_request_id'],
    result: theChat,
    errors: {
      FORBIDDEN: ({ ask, chat_id, world: { ann, bob } }) => ask({ chat_id, user_id: ann.userId }, bob.json),
      WRONG_CHAT_KIND: ({ ask, world: { bob, chats } }) =>
        ask({ chat_id: chats.direct.chat_id, user_id: bob.userId }),
    },
    spec: 'test/authorisation/authorisation.int.spec.ts',
  },
  'chats.setRole': {
    section: 5,
    chat: 'fresh',
    params: ({ chat_id, world: { bob } }) => ({
      chat_id,
      user_id: bob.userId,
      role: 'owner',
      client_request_id: key(),
    }),
    optional: ['client_request_id'],
    result: theChat,
    errors: {
      NOT_FOUND: ({ ask, chat_id, world: { cat } }) => ask({ chat_id, user_id: cat.userId, role: 'admin' }),
      FORBIDDEN: ({ ask, chat_id, world: { ann } }) => ask({ chat_id, user_id: ann.userId, role: 'member' }),
      WRONG_CHAT_KIND: ({ ask, world: { bob, chats } }) =>
        ask({ chat_id: chats.direct.chat_id, user_id: bob.userId, role: 'admin' }),
    },
    spec: 'libs/domain/chat/set-role.spec.ts',
  },
  'chats.ban': {
    section: 5,
    chat: 'fresh',
    params: ({ chat_id, world: { bob } }) => ({ chat_id, user_id: bob.userId, client_request_id: key() }),
    optional: ['client_request_id'],
    result: theChat,
    errors: {
      NOT_FOUND: ({ ask, chat_id }) => ask({ chat_id, user_id: key() }),
      FORBIDDEN: ({ ask, chat_id, world: { ann, bob } }) => ask({ chat_id, user_id: ann.userId }, bob.json),
      WRONG_CHAT_KIND: ({ ask, world: { bob, chats } }) =>
        ask({ chat_id: chats.direct.chat_id, user_id: bob.userId }),
    },
    alsoAnswers: ['BANS_LIMIT'],
    spec: 'libs/domain/chat/bans.spec.ts',
  },
  'chats.unban': {
    section: 5,
    chat: 'fresh',
    params: ({ chat_id, world: { bob } }) => ({ chat_id, user_id: bob.userId, client_request_id: key() }),
    optional: ['client_request_id'],
    result: theChat,
    errors: {
      FORBIDDEN: ({ ask, chat_id, world: { ann, bob } }) => ask({ chat_id, user_id: ann.userId }, bob.json),
      WRONG_CHAT_KIND: ({ ask, world: { bob, chats } }) =>
        ask({ chat_id: chats.direct.chat_id, user_id: bob.userId }),
    },
    spec: 'libs/domain/chat/bans.spec.ts',
  },
  'chats.banned': {
    section: 5,
    chat: 'group',
    params: ({ chat_id }) => ({ chat_id, limit: 1 }),
    optional: ['limit'],
    result: object({
      banned: list(object({ user_id: id, banned_by: id, banned_at_ms: time })),
      ...nextCursor,
    }),
    errors: {
      FORBIDDEN: ({ ask, chat_id, world: { bob } }) => ask({ chat_id }, bob.json),
      WRONG_CHAT_KIND: ({ ask, world: { chats } }) => ask({ chat_id: chats.direct.chat_id }),
    },
    spec: 'test/e2e/messenger.int.spec.ts',
  },
  'chats.leave': {
    section: 5,
    chat: 'fresh',
    params: ({ chat_id }) => ({ chat_id, client_request_id: key() }),
    optional: ['client_request_id'],
    result: theChat,
    errors: {
      WRONG_CHAT_KIND: ({ ask, world: { chats } }) => ask({ chat_id: chats.direct.chat_id }),
    },
    spec: 'test/authorisation/authorisation.int.spec.ts',
  },
  'chats.setMuted': {
    section: 5,
    chat: 'fresh',
    params: ({ chat_id }) => ({ chat_id, until_ms: Date.now() + 3_600_000, client_request_id: key() }),
    optional: ['client_request_id'],
    result: nothing,
    alsoAnswers: ['CHAT_SETTINGS_LIMIT'],
    spec: settings_spec,
  },
  'chats.setArchived': {
    section: 5,
    chat: 'fresh',
    params: ({ chat_id }) => ({ chat_id, archived: true, client_request_id: key() }),
    optional: ['client_request_id'],
    result: nothing,
    alsoAnswers: ['CHAT_SETTINGS_LIMIT'],
    spec: settings_spec,
  },
  'chats.setPinned': {
    section: 5,
    chat: 'fresh',
    params: ({ chat_id }) => ({ chat_id, pinned: false, client_request_id: key() }),
    optional: ['client_request_id'],
    result: nothing,
    alsoAnswers: ['CHAT_SETTINGS_LIMIT', 'PINNED_LIMIT'],
    spec: settings_spec,
  },
};
