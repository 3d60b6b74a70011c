/** What the server tells without being asked: which check sees it, or why none can from outside; and the spec from inside. */
interface Told {
  readonly words: string;
  readonly seenBy: string;
  readonly spec: string;
}

export const notifications = {
  update: {
    words: '{pts, pts_count, sync_token, date_ms, commitment?, update}',
    seenBy: '`update …`, each type',
    spec: 'apps/gateway/gateway.int.spec.ts',
  },
  'updates.caughtUp': {
    words: '{pts, sync_token, hash}',
    seenBy: '`session: replay, then live`, `hash: from the updates`',
    spec: 'apps/gateway/gateway.int.spec.ts',
  },
  'channel.update': {
    words: '{chat_id, chat_pts, chat_pts_count, update}',
    seenBy: '`channels: live, and not copied`',
    spec: 'apps/gateway/channels.int.spec.ts',
  },
  'channel.behind': {
    words: '{chat_id, chat_pts}',
    seenBy: '`channels: behind`',
    spec: 'apps/gateway/channels.int.spec.ts',
  },
  typing: {
    words: '{chat_id, user_id, action, expires_in_ms}',
    seenBy: '`messages: typing`',
    spec: 'test/e2e/messenger.int.spec.ts',
  },
  'call.signal': {
    words: '{chat_id, call_id, user_id, device_id, payload}',
    seenBy: '`calls: signals`',
    spec: 'apps/command-handler/chat/calls.spec.ts',
  },
  presence: {
    words: '{user_id, status, last_seen_ms?}',
    seenBy: '`presence: watched`',
    spec: 'apps/gateway/updates.int.spec.ts',
  },
  'session.draining': {
    words: '{reconnect_after_ms}',
    seenBy: 'not from outside: the server goes down',
    spec: 'test/processes/stopping.int.spec.ts',
  },
  'updates.tooLong': {
    words: '{pts, sync_token}',
    seenBy: 'not from outside: the server has lost data',
    spec: 'apps/gateway/updates.int.spec.ts',
  },
  'session.closed': {
    words: '{close_code, reason}',
    seenBy: '`event stream: signed out`',
    spec: 'apps/gateway/updates.int.spec.ts',
  },
} satisfies Readonly<Record<string, Told>>;
