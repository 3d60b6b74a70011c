/** What a chat and a log were at a position, counted plainly from their records: another opinion than any fold's. */
import type { ChatEvent } from '#domain/chat/events.js';
import type { ProjectedRecord } from '#projections/define-projection.js';
import type { UserStreamEvent } from '#projections/user-log/rows.js';
import type { UserLogEntry } from '#domain/user-log/entry.js';

type Of<Type extends ChatEvent['type']> = Extract<ChatEvent, { type: Type }>['data'];

export function recountedChat(
  all: readonly ProjectedRecord<ChatEvent>[],
  place: number,
  messages_max: number,
) {
  const records = all.filter(({ sequence }) => sequence <= place);
  const events = records.flatMap((record) => record.events);
  const of = <Type extends ChatEvent['type']>(type: Type) =>
    events.filter((event) => event.type === type).map(({ data }) => data as Of<Type>);
  const everDeleted = new Set(
    all
      .flatMap((record) => record.events)
      .flatMap((event) => (event.type === 'Tombstoned' ? [event.data.message.seq] : [])),
  );
  const deleted = new Set(of('Tombstoned').map(({ message }) => message.seq));
  const sent = of('MessageSent');
  const messages = sent.slice(-messages_max).map(({ message: { seq, sender_id, date_ms }, body }) => {
    const edit = of('MessageEdited').findLast(({ message }) => message.seq === seq);
    const changes = events.filter((event) =>
      event.type === 'ReactionSet'
        ? event.data.seq === seq
        : event.type === 'MessageEdited' && event.data.message.seq === seq,
    );
    const last = changes.findLast(({ type }) => type === 'ReactionSet')?.data as
      Of<'ReactionSet'> | undefined;
    const { content } = (edit?.body ?? body) as { content: { type: string; text: string } };
    const is = deleted.has(seq) ? 'deleted' : 'standing';
    return {
      seq,
      is,
      sender_id,
      date_ms,
      type: is === 'deleted' ? null : content.type,
      edited_at_ms: edit?.edited_at_ms ?? null,
      reactions: is === 'deleted' ? 0 : (last?.reactions.length ?? 0),
      text: everDeleted.has(seq) ? null : content.text,
    };
  });
  const members = [...of('ChatCreated')[0]!.members];
  for (const event of events) {
    if (event.type === 'MembersAdded') members.push(...event.data.added);
    if (event.type === 'MemberRemoved') {
      const { user_id } = event.data;
      members.splice(
        members.findIndex((member) => member.user_id === user_id),
        1,
      );
    }
  }
  return {
    kind: 'group',
    last_seq: sent.length,
    chat_pts: events.length,
    messages_count: sent.length,
    deleted_count: deleted.size,
    members,
    messages,
  };
}

export function recountedLog(
  all: readonly ProjectedRecord<UserStreamEvent>[],
  place: number,
  userId: string,
) {
  const entries: UserLogEntry[] = all
    .filter(({ sequence, aggregate_id }) => sequence <= place && aggregate_id === userId)
    .map(({ events: [event] }) => (event as Extract<UserStreamEvent, { type: 'EntryAppended' }>).entry);
  const device = entries.findLast(({ kind }) => kind.startsWith('device.'));
  const about = entries.filter(({ chat_id }) => chat_id !== undefined);
  const cut = about.findLastIndex(({ kind }) => kind === 'chat.new');
  const since = about.slice(cut);
  const isIn = cut >= 0 && !since.some(({ kind }) => kind === 'chat.removed');
  const highest = (seqs: readonly (number | undefined)[]) => Math.max(0, ...seqs.map((seq) => seq ?? 0));
  const of = (kind: string) => since.filter((entry) => entry.kind === kind);
  const read_seq = highest([
    ...since.map(({ values }) => values?.read_seq),
    ...of('read.inbox').map(({ seq }) => seq),
  ]);
  const last_seq = Math.max(read_seq, highest(of('message.new').map(({ seq }) => seq)));
  const chat = {
    chat_id: since[0]?.chat_id,
    role: since[0]?.values?.role,
    visible_from_seq: since[0]?.values?.visible_from_seq,
    read_seq,
    last_seq,
    unread_count: last_seq - read_seq,
    read_outbox_seq: highest(of('read.outbox').map(({ seq }) => seq)),
    delivered_outbox_seq: 0,
  };
  return {
    pts: entries.length,
    state: { pts: entries.length, hash: entries.at(-1)?.hash, chats: isIn ? [chat] : [] },
    devices: device === undefined ? [] : [`at ${device.source.sequence}`],
  };
}
