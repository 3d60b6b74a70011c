/**
 * How much strangers and users may ask: the one table. `docs/limits.md` is made from it. What is said of a user holds for all their
 * devices and all servers together, and as much as half of it for one who is on one server only (docs/adr/0034).
 */
import type { MethodName } from '#protocol/methods.js';
import type { Rate } from './token-bucket.js';

/** Requests of one user, by what they cost. */
export const userRates = {
  ping: { burst: 200, per_s: 5 },
  /** Beginning and renewing a session, a ticket: reads of the account and the log. */
  session: { burst: 200, per_s: 2 },
  /** What is read and what has arrived, and how the user likes a chat shown. */
  mark: { burst: 2_000, per_s: 50 },
  send: { burst: 1_000, per_s: 30 },
  change: { burst: 1_000, per_s: 30 },
  /** A whole phone book at once, then few: each makes a user's own streams longer. */
  own: { burst: 2_000, per_s: 1 },
  /** A chat more, and one to its members. */
  create: { burst: 200, per_s: 1 },
  members: { burst: 200, per_s: 2 },
  /** One row, or a page of them. */
  look: { burst: 2_000, per_s: 50 },
  /** A look into every chat of the user. */
  search: { burst: 200, per_s: 3 },
  /** Up to two hundred people each, once a chat is opened or a list is scrolled. */
  watch: { burst: 300, per_s: 2 },
  /** Up to a thousand updates each. */
  catch_up: { burst: 500, per_s: 10 },
  /** Rings on all devices of somebody. */
  call: { burst: 60, per_s: 0.2 },
  /** Candidates come by the dozen. */
  signal: { burst: 1_000, per_s: 20 },
  /** Everything at once. */
  snapshot: { burst: 200, per_s: 2 },
  /** Who asks for many phone numbers is after other people's. */
  find_people: { burst: 60, per_s: 0.02 },
} as const satisfies Record<string, Rate>;

export type UserRate = keyof typeof userRates;

/** A method without an entry does not compile. */
export const rateOfMethod = {
  'session.open': 'session',
  'session.refresh': 'session',
  'session.ping': 'ping',
  'devices.acceptQr': 'session',
  'devices.list': 'look',
  'devices.revoke': 'session',
  'updates.getState': 'look',
  'updates.getDifference': 'catch_up',
  'updates.ack': 'mark',
  'sync.snapshot': 'snapshot',
  'sync.chats': 'catch_up',
  'channels.getDifference': 'catch_up',
  'chats.create': 'create',
  'chats.get': 'look',
  'chats.list': 'look',
  'chats.members': 'look',
  'chats.update': 'members',
  'chats.addMembers': 'members',
  'chats.removeMember': 'members',
  'chats.setRole': 'members',
  'chats.ban': 'members',
  'chats.unban': 'members',
  'chats.banned': 'look',
  'chats.leave': 'members',
  'messages.send': 'send',
  'messages.edit': 'change',
  'messages.delete': 'change',
  'messages.react': 'change',
  'messages.read': 'mark',
  'messages.history': 'look',
  'messages.reactions': 'look',
  'messages.edits': 'look',
  'messages.search': 'search',
  'messages.receipts': 'look',
  'typing.set': 'mark',
  'calls.request': 'call',
  'calls.accept': 'change',
  'calls.signal': 'signal',
  'calls.discard': 'change',
  'calls.iceServers': 'look',
  'presence.watch': 'watch',
  'presence.set': 'mark',
  'users.get': 'look',
  'users.block': 'change',
  'users.unblock': 'change',
  'users.blocked': 'look',
  'chats.setMuted': 'mark',
  'chats.setArchived': 'mark',
  'chats.setPinned': 'mark',
  'users.update': 'own',
  'users.setPrivacy': 'own',
  'users.getPrivacy': 'look',
  'contacts.set': 'own',
  'contacts.list': 'look',
  'contacts.sync': 'find_people',
} as const satisfies Record<MethodName, UserRate>;

/** What is no method. */
export const rateOfEndpoint = {
  'POST /v1/updates/ticket': 'session',
  'GET /v1/updates': 'catch_up',
  'GET /v1/updates/stream': 'session',
} as const satisfies Record<string, UserRate>;

/** What is asked of a chat (and is no mark): by one member, a slow flood, and by all of them. */
export const chatRates = {
  member: { burst: 1_000, per_s: 3 },
  chat: { burst: 5_000, per_s: 200 },
} as const satisfies Record<string, Rate>;

/** From one person to another: who lets a phone ring again and again. */
export const pairRates = { calls: { burst: 30, per_s: 0.05 } } as const satisfies Record<string, Rate>;

/** Everything that one device asks, and everything from one network address, signed in or not, an IPv6 one by its /64. */
export const callerRates = {
  device: { burst: 2_000, per_s: 100 },
  address: { burst: 10_000, per_s: 1_000 },
} as const satisfies Record<string, Rate>;

/** What takes part in a chat's own limits. */
export const chatBound: ReadonlySet<UserRate> = new Set(['send', 'change', 'members']);
