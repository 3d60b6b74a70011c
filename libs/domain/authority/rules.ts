/**
 * Who may call which method: the one declaration. Deciders, query handlers and the edge decide by it (authority.ts), and the
 * tables of docs/authorisation.md are made from it. A method without a line here is answered to nobody.
 */
import type { ChatKind, ChatPermissions, Role } from '../chat/events.js';

/** What a method is about, which is what its caller is judged by. */
export type Rule = OpenRule | SelfRule | PeopleRule | ChatRule;

/** Whoever asks: it is how one becomes somebody. */
interface OpenRule {
  readonly about: 'signing_in';
}
/** The caller's own session, log, account and chats; nobody else can be named. */
interface SelfRule {
  readonly about: 'self';
}
/** People whom the caller names; whoever is signed in may. */
interface PeopleRule {
  readonly about: 'people';
}
/** A chat. Who is not in it (any more) is told NOT_A_MEMBER, as if it did not exist. */
export interface ChatRule {
  readonly about: 'chat';
  /** In others, WRONG_CHAT_KIND. */
  readonly kinds: readonly ChatKind[];
  /** Other members: FORBIDDEN. A name: whoever the chat's own permission of that name says. */
  readonly may: readonly Role[] | keyof ChatPermissions;
  /** Absent: no message is named or shown. */
  readonly messages?: MessageRule;
  /** Of the person who is named, by what they are in the chat. */
  readonly person?: PersonRule;
}
/** Of messages from the one on that told of the caller's joining; of those before it, `unseen`. */
export interface MessageRule {
  readonly unseen: 'NOT_FOUND' | 'left_out';
  /** Absent: whoever sees it may. */
  readonly own?: readonly Role[];
  readonly others?: readonly Role[];
  readonly service?: 'NOT_EDITABLE' | 'FORBIDDEN';
  readonly deleted?: 'MESSAGE_DELETED';
}
/** Who may. `none`: no member of the chat. */
export type PersonRule = Readonly<Record<'self' | Role, readonly Role[]>> & {
  readonly none: readonly Role[] | 'NOT_FOUND';
};

const every: readonly Role[] = ['owner', 'admin', 'member'];
const admins: readonly Role[] = ['owner', 'admin'];
const owners: readonly Role[] = ['owner'];
const nobody: readonly Role[] = [];

const anyKind: readonly ChatKind[] = ['direct', 'group', 'channel'];
const shared: readonly ChatKind[] = ['group', 'channel'];

const signingIn: OpenRule = { about: 'signing_in' };
const self: SelfRule = { about: 'self' };
const people: PeopleRule = { about: 'people' };
const inChat = { about: 'chat', kinds: anyKind, may: every } as const;
const inShared = { about: 'chat', kinds: shared, may: every } as const;
const shown: MessageRule = { unseen: 'left_out' };

/** Of chats whose owner or admins did not change them. */
export const default_permissions: ChatPermissions = {
  send: 'member',
  add_members: 'admin',
  change_info: 'admin',
};

export const rules = {
  'session.open': signingIn,
  'session.refresh': self,
  'session.ping': self,
  'updates.getState': self,
  'updates.getDifference': self,
  'updates.ack': self,
  'sync.snapshot': self,
  'chats.list': self,
  'devices.acceptQr': self,
  'devices.list': self,
  'devices.revoke': self,
  'presence.set': self,
  'users.blocked': self,
  'users.update': self,
  'users.setPrivacy': self,
  'users.getPrivacy': self,
  'contacts.list': self,
  'calls.iceServers': self,
  'chats.create': people,
  'calls.request': people,
  'presence.watch': people,
  'users.get': people,
  'users.block': people,
  'users.unblock': people,
  'contacts.set': people,
  'contacts.sync': people,
  'chats.get': { ...inChat, messages: shown },
  'chats.members': inChat,
  'chats.update': { ...inShared, may: 'change_info' },
  'chats.addMembers': { ...inShared, may: 'add_members' },
  'chats.removeMember': {
    ...inShared,
    person: { self: every, owner: owners, admin: owners, member: admins, none: admins },
  },
  'chats.setRole': {
    ...inShared,
    may: admins,
    person: { self: admins, owner: nobody, admin: owners, member: owners, none: 'NOT_FOUND' },
  },
  'chats.ban': {
    ...inShared,
    may: admins,
    person: { self: nobody, owner: nobody, admin: owners, member: admins, none: admins },
  },
  'chats.unban': { ...inShared, may: admins },
  'chats.banned': { ...inShared, may: admins },
  'chats.leave': inShared,
  'chats.setMuted': inChat,
  'chats.setArchived': inChat,
  'chats.setPinned': inChat,
  'messages.send': { ...inChat, may: 'send', messages: { unseen: 'NOT_FOUND' } },
  'messages.edit': {
    ...inChat,
    may: 'send',
    messages: {
      unseen: 'NOT_FOUND',
      own: every,
      others: nobody,
      service: 'NOT_EDITABLE',
      deleted: 'MESSAGE_DELETED',
    },
  },
  'messages.delete': {
    ...inChat,
    messages: { unseen: 'NOT_FOUND', own: every, others: admins, service: 'NOT_EDITABLE' },
  },
  // With `for: "me"`: nobody else is concerned by it.
  'messages.delete for me': { ...inChat, messages: { unseen: 'NOT_FOUND' } },
  'messages.react': { ...inChat, messages: { unseen: 'NOT_FOUND', deleted: 'MESSAGE_DELETED' } },
  'messages.read': { ...inChat, messages: shown },
  'typing.set': inChat,
  'calls.accept': { ...inChat, kinds: ['direct'] },
  'calls.signal': { ...inChat, kinds: ['direct'] },
  'calls.discard': { ...inChat, kinds: ['direct'] },
  'messages.history': { ...inChat, messages: shown },
  'messages.reactions': { ...inChat, messages: { unseen: 'NOT_FOUND', deleted: 'MESSAGE_DELETED' } },
  'messages.edits': { ...inChat, messages: { unseen: 'NOT_FOUND', deleted: 'MESSAGE_DELETED' } },
  'messages.search': { ...inChat, messages: shown },
  'messages.receipts': {
    ...inChat,
    kinds: ['direct', 'group'],
    messages: {
      unseen: 'NOT_FOUND',
      own: every,
      others: nobody,
      service: 'FORBIDDEN',
      deleted: 'MESSAGE_DELETED',
    },
  },
  'sync.chats': { ...inChat, messages: shown },
  'channels.getDifference': { ...inChat, kinds: ['channel'], messages: shown },
} as const satisfies Readonly<Record<string, Rule>>;
