/**
 * What happened in each chat, put together from what its members were sent: by chat_pts, the same for all of them. Kept
 * small: a long run has hundreds of thousands of these.
 */
import type { UpdateRecord } from '../records.js';
import { digestOf } from './digest.js';
import type { Findings } from './findings.js';
import { textOf } from './truth.js';

export interface ChatEvent {
  readonly type: string;
  readonly digest: number;
  readonly seq?: number;
  /** Who did it; of a message.new or message.edited, who wrote it. */
  readonly by?: string;
  readonly client_msg_id?: string;
  readonly isService?: boolean;
  readonly emoji?: string | null;
  readonly added?: readonly string[];
  readonly removed?: readonly string[];
  /** Absent where everybody met it deleted. */
  text?: string | undefined;
}

/** Seen differently by those whom they are about, at the same chat_pts: left to the other checks. */
const personal = new Set(['chat.new', 'chat.removed']);
const cursors = new Set(['read.inbox', 'read.outbox', 'delivered.outbox']);

export class ChatRecords {
  /** By chat; the index is the chat_pts. */
  readonly chats = new Map<string, (ChatEvent | undefined)[]>();

  constructor(private readonly findings: Findings) {}

  /** One update of anybody's log. */
  take({ update }: UpdateRecord, user: string): void {
    const { type, chat_id, chat_pts } = update;
    if (chat_id === undefined || personal.has(type) || cursors.has(type)) return;
    let events = this.chats.get(String(chat_id));
    if (events === undefined) this.chats.set(String(chat_id), (events = []));
    const event = eventOf(update);
    const known = events[Number(chat_pts)];
    if (known === undefined) events[Number(chat_pts)] = event;
    else {
      this.findings.expect(
        'same_order',
        known.digest === event.digest && (known.text ?? event.text) === (event.text ?? known.text),
        () => `chat ${String(chat_id)} chat_pts ${String(chat_pts)}: ${user} was sent another ${type}`,
      );
      known.text ??= event.text;
    }
  }
}

function eventOf(update: UpdateRecord['update']): ChatEvent {
  const { type, seq, message: shown, role: _own, read_seq: _cursor, ...rest } = update;
  const base = { type, ...(seq === undefined ? {} : { seq: Number(seq) }) };
  if (type === 'message.new' || type === 'message.edited') {
    const message = shown as Record<string, unknown>;
    const { sender_id, client_msg_id, date_ms, content } = message;
    const text = textOf(content);
    return {
      ...base,
      // What a deletion takes away is left out: some meet the message before it, some after.
      digest: digestOf([rest, seq, sender_id, client_msg_id, date_ms]),
      by: String(sender_id),
      client_msg_id: String(client_msg_id),
      isService: (content as { type?: string } | undefined)?.type === 'service',
      ...(text === undefined ? {} : { text }),
    };
  }
  return { ...base, digest: digestOf([rest, seq]), ...whoDidWhat(update) };
}

function whoDidWhat(update: UpdateRecord['update']): Partial<ChatEvent> {
  const { type } = update;
  if (type === 'message.deleted') return { by: String(update['deleted_by']) };
  if (type === 'message.reaction') {
    return { by: String(update['user_id']), emoji: update['emoji'] as string | null };
  }
  if (type !== 'chat.members') return {};
  const added = (update['added'] as { user_id: string }[]).map(({ user_id }) => user_id);
  return { added, removed: update['removed'] as string[] };
}
