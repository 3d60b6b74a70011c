/** All that happened in a chat, in its own order: also what was erased, where it stood. */
import { storedMessages } from '#streams/stored-messages.js';
import { chatSubject, streamOf } from '#streams/subjects.js';
import type { AdminContext } from '../operation.js';
import type { Audited, EventFact, GapFact } from './audited.js';
import { ErasedFacts } from './erased-facts.js';
import { factsOf, standing } from './event-facts.js';
import type { Stretch } from './stretch.js';

/** A decision of the chat, and its last event: reading goes on behind it. */
export interface ChatPlace {
  readonly sequence: number;
  readonly chat_pts: number;
}

export const beginning: ChatPlace = { sequence: 0, chat_pts: 0 };

export async function* chatFacts(
  context: AdminContext,
  stretch: Stretch,
  chatId: string,
  after: ChatPlace = beginning,
): AsyncGenerator<Audited<EventFact | GapFact>> {
  const stream = streamOf('CHAT', chatId, context.streamsPerFamily);
  const [fromSequence, toSequence] = [after.sequence + 1, stretch.endOf(stream)];
  const range = { stream, subject: chatSubject(chatId), fromSequence, toSequence };
  const erased = new ErasedFacts(context.nats, chatId);
  let [last, done] = [after, 0];
  for await (const { messages, pendingCount } of storedMessages(context.nats, range, context.signal)) {
    for (const message of messages) {
      const { decoded, facts } = factsOf(stream, message);
      // An anchor has no events, and tells where the chat stands.
      const told = (decoded.decision.state as { chat_pts?: number } | undefined)?.chat_pts ?? last.chat_pts;
      const next = facts[0]?.chat_pts ?? told + 1;
      const behind = { stream, sequence: message.sequence, index: -1 };
      const gap = { is: 'gap', at: behind, stored_at_ms: message.timeMs, subject_id: chatId } as const;
      if (next > last.chat_pts + 1) yield* missing(erased, last, next - 1, gap);
      yield* facts.map((fact) => standing(fact) as Audited<EventFact>);
      last = { sequence: message.sequence, chat_pts: facts.at(-1)?.chat_pts ?? next - 1 };
      if (message.timeMs > stretch.times.to_ms) return;
    }
    done += messages.length;
    context.progress({ what: 'reading the chat', done, total: done + pendingCount, unit: 'decisions' });
  }
}

type Gap = Omit<GapFact, 'chat_pts_from' | 'chat_pts_to'>;

/** Numbers between two decisions: what was kept of them, and where nothing was, that it is so. */
async function* missing(
  erased: ErasedFacts,
  after: ChatPlace,
  to: number,
  gap: Gap,
): AsyncGenerator<Audited<EventFact | GapFact>> {
  let gapFrom = after.chat_pts + 1;
  for (let pts = gapFrom; pts <= to; pts++) {
    const facts = await erased.of(pts);
    const at = facts[0]?.at;
    const belongs =
      at?.stream === gap.at.stream && at.sequence > after.sequence && at.sequence < gap.at.sequence;
    if (!belongs) continue;
    if (gapFrom < pts) yield gapOf(gap, gapFrom, pts - 1);
    yield* facts.map((fact) => ({ fact, erased: true }));
    pts += facts.length - 1;
    gapFrom = pts + 1;
  }
  if (gapFrom <= to) yield gapOf(gap, gapFrom, to);
}

const gapOf = (gap: Gap, chat_pts_from: number, chat_pts_to: number): Audited<GapFact> =>
  standing({ ...gap, chat_pts_from, chat_pts_to }) as Audited<GapFact>;
