import { isAtLeast, maySee } from '../authority/authority.js';
import type { EntryDraft } from '../user-log/draft.js';
import type { ChatEvent, Member, MessageSent } from './events.js';
import type { ChatDecision } from './state.js';

/** The members after an event; of each only their role, and what they may see, matter. */
export type Audience = ReadonlyMap<string, Pick<Member, 'visible_from_seq' | 'role'>>;

/** One event to at most one entry for each user concerned: the members before or after it. */
export function entriesOf(event: ChatEvent, members: Audience, chatId: string): EntryDraft[] {
  const about = { chat_id: chatId, chat_pts: event.chat_pts };
  switch (event.type) {
    case 'ChatCreated':
      return event.data.members.map((member) => ({ ...about, ...joined(member) }));
    case 'MembersAdded': {
      const added = new Map(event.data.added.map((member) => [member.user_id, joined(member)]));
      return [...members.keys()].map((id) => ({ ...about, ...(added.get(id) ?? changed(id)) }));
    }
    case 'MemberRemoved':
      return [
        { ...about, user_id: event.data.user_id, kind: 'chat.removed' },
        ...[...members.keys()]
          .filter((id) => id !== event.data.user_id)
          .map((id) => ({ ...about, ...changed(id) })),
      ];
    case 'RoleChanged': {
      const { user_id, role } = event.data;
      return [...members.keys()].map((id) => ({
        ...about,
        ...changed(id),
        ...(id === user_id ? { values: { role } } : {}),
      }));
    }
    case 'MemberBanned':
    case 'MemberUnbanned':
      return toldOfBans(members, about);
    case 'DirectBlocked':
      return [];
    case 'CallChanged':
      return [...members.keys()].map((user_id) => ({ ...about, user_id, kind: 'call' }));
    case 'ChatChanged':
    case 'BecameChannel':
      return [...members.keys()].map((user_id) => ({ ...about, user_id, kind: 'chat.changed' }));
    case 'MessageSent': {
      const draft = { ...about, ...sent(event) };
      const { sender_id, seq } = event.data.message;
      return seeing(members, seq).map((user_id) =>
        user_id === sender_id ? { ...draft, user_id, values: { read_seq: seq } } : { ...draft, user_id },
      );
    }
    case 'MessageEdited':
      return toSeeing(members, {
        ...about,
        kind: 'message.edited',
        seq: event.data.message.seq,
        ...committed(event.data.body),
      });
    case 'Tombstoned':
      return toSeeing(members, { ...about, kind: 'message.deleted', seq: event.data.message.seq });
    case 'ReactionSet':
      return toSeeing(members, { ...about, kind: 'message.reaction', seq: event.data.seq });
  }
}

/**
 * Of a channel nothing is copied but what changes one user's relation to it: who comes, who goes, whose role changes, and
 * how far the sender of a message has read; and, to those who may ban, who is banned. Everything else its members follow in the
 * chat's own log.
 */
function entriesOfChannel(event: ChatEvent, members: Audience, chatId: string): EntryDraft[] {
  const about = { chat_id: chatId, chat_pts: event.chat_pts };
  switch (event.type) {
    case 'ChatCreated':
      return event.data.members.map((member) => ({ ...about, ...joined(member) }));
    case 'MembersAdded':
      return event.data.added.map((member) => ({ ...about, ...joined(member) }));
    case 'MemberRemoved':
      return [{ ...about, user_id: event.data.user_id, kind: 'chat.removed' }];
    case 'RoleChanged': {
      const { user_id, role } = event.data;
      return members.has(user_id) ? [{ ...about, ...changed(user_id), values: { role } }] : [];
    }
    case 'MemberBanned':
    case 'MemberUnbanned':
      return toldOfBans(members, about);
    case 'MessageSent': {
      const { sender_id: user_id, seq } = event.data.message;
      return members.has(user_id) ? [{ ...about, user_id, kind: 'read.inbox', seq }] : [];
    }
    default:
      return [];
  }
}

/**
 * The entries of a whole decision, by event. `members` are those after the decision: who leaves by it is concerned by
 * the events before the leaving as well, who comes by it is not by those before the coming. The last event of a group that
 * is copied is the one by which it becomes a channel.
 */
export function entriesOfDecision(
  { header, events }: Pick<ChatDecision, 'events' | 'header'>,
  members: Audience,
  chatId: string,
): EntryDraft[][] {
  let after = members;
  let isChannel = header.channel === true;
  const entries = events.toReversed().map((event) => {
    if (event.type === 'BecameChannel') isChannel = false;
    const drafts = (isChannel ? entriesOfChannel : entriesOf)(event, after, chatId);
    after = membersBefore(event, after);
    return drafts;
  });
  return entries.toReversed();
}

function membersBefore(event: ChatEvent, after: Audience): Audience {
  if (event.type === 'MemberRemoved')
    return new Map(after).set(event.data.user_id, { visible_from_seq: Infinity, role: 'member' });
  if (event.type !== 'MembersAdded') return after;
  const added = new Set(event.data.added.map(({ user_id }) => user_id));
  return new Map([...after].filter(([userId]) => !added.has(userId)));
}

const joined = ({ user_id, role, visible_from_seq }: Member) => ({
  user_id,
  kind: 'chat.new' as const,
  values: { visible_from_seq, read_seq: visible_from_seq - 1, role },
});

/** Who is banned is the business of those who may ban, in channels too. */
const toldOfBans = (members: Audience, about: { readonly chat_id: string; readonly chat_pts: number }) =>
  [...members]
    .filter(([, { role }]) => isAtLeast(role, 'admin'))
    .map(([userId]) => ({ ...about, ...changed(userId) }));

const changed = (user_id: string) => ({ user_id, kind: 'chat.members' as const });

const sent = ({ data }: MessageSent) => ({
  kind: 'message.new' as const,
  seq: data.message.seq,
  ...committed(data.body),
});

const committed = (body: MessageSent['data']['body']) =>
  'commitment' in body ? { commitment: body.commitment } : {};

const seeing = (members: Audience, seq: number): string[] =>
  [...members].filter(([, member]) => maySee(member, seq)).map(([userId]) => userId);

const toSeeing = (
  members: Audience,
  draft: Omit<EntryDraft, 'user_id'> & { readonly seq: number },
): EntryDraft[] => seeing(members, draft.seq).map((user_id) => ({ ...draft, user_id }));
