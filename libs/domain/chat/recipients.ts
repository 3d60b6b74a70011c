import type { EntryDraft } from '../user-log/draft.js';
import type { ChatEvent, Member, MessageSent } from './events.js';
import { maySee } from './permissions.js';
import type { ChatDecision } from './state.js';

/** The members after an event; of each only what they may see matters. */
export type Audience = ReadonlyMap<string, Pick<Member, 'visible_from_seq'>>;

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
 * The entries of a whole decision, by event. `members` are those after the decision: who leaves by it is concerned by
 * the events before the leaving as well.
 */
export function entriesOfDecision(
  decision: Pick<ChatDecision, 'events'>,
  members: Audience,
  chatId: string,
): EntryDraft[][] {
  let after = members;
  const entries = decision.events.toReversed().map((event) => {
    const drafts = entriesOf(event, after, chatId);
    if (event.type === 'MemberRemoved') {
      after = new Map(after).set(event.data.user_id, { visible_from_seq: Infinity });
    }
    return drafts;
  });
  return entries.toReversed();
}

const joined = ({ user_id, role, visible_from_seq }: Member) => ({
  user_id,
  kind: 'chat.new' as const,
  values: { visible_from_seq, read_seq: visible_from_seq - 1, role },
});

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
