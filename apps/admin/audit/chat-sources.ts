/** What an audit of a chat, or of one message in it, is gathered from. */
import { refusedOfChat } from '#streams/subjects.js';
import type { AdminContext } from '../operation.js';
import type { Audited, EntryFact, EventFact } from './audited.js';
import { chatFacts } from './chat-facts.js';
import { ChatOutline, seqIn } from './chat-outline.js';
import { cursorOf, standing } from './event-facts.js';
import { merged } from './merge.js';
import type { Stretch } from './stretch.js';
import { entryFacts, receiptFacts, refusalFacts } from './subject-facts.js';

/** How far servers' clocks may be apart: what came of a message is not looked for before that. */
const clocks_apart_ms_max = 3_600_000;

/** Events of the chat, the marks that everybody who was ever in it moved there, and what was refused. */
export async function chatSources(
  context: AdminContext,
  stretch: Stretch,
  chatId: string,
): Promise<AsyncGenerator<Audited>> {
  const outline = await ChatOutline.read(context, stretch, chatId);
  const isHere = ({ fact }: Audited): boolean => fact.is === 'event' && cursorOf(fact)?.chat_id === chatId;
  return merged([
    chatFacts(context, stretch, chatId, outline.before),
    refusalFacts(context, stretch, refusedOfChat(chatId)),
    ...receiptFacts(context, stretch, outline.everybody).map((source) => only(source, isHere)),
  ]);
}

export interface MessageSources {
  readonly facts: AsyncGenerator<Audited>;
  readonly isDeleted: boolean;
}

/**
 * Events of the message; where it came into the logs of those who were members; and of each device and reader the first mark that
 * reached it.
 */
export async function messageSources(
  context: AdminContext,
  stretch: Stretch,
  chatId: string,
  seq: number,
): Promise<MessageSources> {
  const outline = await ChatOutline.read(context, stretch, chatId, seq);
  const from_ms = Math.max(1, (outline.sent?.stored_at_ms ?? 0) - clocks_apart_ms_max);
  const entries = await entriesOf(context, stretch, { chatId, seq, users: outline.recipients, from_ms });
  const first = new FirstMarks(chatId, outline, new Map(entries.map(({ user_id, pts }) => [user_id, pts])));
  const facts = merged([
    only(
      chatFacts(context, stretch, chatId, outline.before),
      ({ fact }) => fact.is === 'event' && seqIn(fact) === seq,
    ),
    only(
      refusalFacts(context, stretch, refusedOfChat(chatId)),
      ({ fact }) => fact.is === 'refusal' && fact.seqs.includes(seq),
    ),
    each(entries),
    ...receiptFacts(context, stretch, outline.everybody, from_ms).map((source) =>
      only(source, ({ fact }) => fact.is === 'event' && first.isOne(fact)),
    ),
  ]);
  return { facts, isDeleted: outline.isDeleted };
}

/** The entry by which the message came into each one's log, in the order of time. A channel's is in nobody's. */
async function entriesOf(
  context: AdminContext,
  stretch: Stretch,
  of: {
    readonly chatId: string;
    readonly seq: number;
    readonly users: readonly string[];
    readonly from_ms: number;
  },
): Promise<readonly EntryFact[]> {
  const found: EntryFact[] = [];
  for (const user of of.users) {
    for await (const { fact } of entryFacts(context, stretch, user, of.from_ms)) {
      if (fact.is !== 'entry' || fact.chat_id !== of.chatId || fact.seq !== of.seq) continue;
      found.push(fact);
      break;
    }
  }
  return found.toSorted((a, b) => a.stored_at_ms - b.stored_at_ms);
}

/** Which marks are the first of their kind that reached the message. */
class FirstMarks {
  private readonly met = new Set<string>();

  constructor(
    private readonly chatId: string,
    private readonly outline: ChatOutline,
    private readonly ptsOf: ReadonlyMap<string, number>,
  ) {}

  isOne(fact: EventFact): boolean {
    const key = `${fact.type} ${fact.subject_id} ${this.deviceOf(fact)}`;
    if (this.met.has(key) || !this.reaches(fact)) return false;
    this.met.add(key);
    return true;
  }

  private reaches(fact: EventFact): boolean {
    if (fact.type === 'DeviceCursorMoved')
      return (fact.data['pts'] as number) >= (this.ptsOf.get(fact.subject_id) ?? Infinity);
    const cursor = cursorOf(fact);
    return cursor?.chat_id === this.chatId && this.outline.reaches(fact.subject_id, cursor);
  }

  private deviceOf({ type, data, actor }: EventFact): unknown {
    return type === 'DeviceCursorMoved' ? data['device_id'] : actor.device_id;
  }
}

async function* only(
  source: AsyncGenerator<Audited>,
  isWanted: (audited: Audited) => boolean,
): AsyncGenerator<Audited> {
  for await (const audited of source) if (isWanted(audited)) yield audited;
}

async function* each(facts: readonly EntryFact[]): AsyncGenerator<Audited> {
  for (const fact of facts) yield standing(fact);
}
