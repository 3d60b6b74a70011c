/** At rest, every device having acknowledged all of its log: how far the marks of a chat must have come. */
import type { ReferenceState } from '../../support/reference-fold.js';
import type { ChatEvent } from './chat-record.js';
import type { Findings } from './findings.js';
import type { Truth } from './truth.js';

export interface RestCheckOptions {
  readonly chatId: string;
  readonly events: readonly (ChatEvent | undefined)[];
  readonly truth: Truth;
  readonly findings: Findings;
  /** By user. */
  readonly states: ReadonlyMap<string, ReferenceState>;
}

/** Only where nobody comes or goes: who returns begins anew. */
export function checkRestMarks({ chatId, events, truth, findings, states }: RestCheckOptions): void {
  const chat = truth.chats.get(chatId);
  if (chat === undefined || !chat.is_steady) return;
  const read = new Map(chat.members.map((user) => [user, readBy(user, chatId, truth)]));
  for (const user of chat.members) {
    const state = states.get(user)?.chats.get(chatId);
    const others = chat.members.filter((one) => one !== user);
    // Sending moves one's own mark, of which nobody is told: a read below one's own message says nothing new.
    const told = others.map((one) => (read.get(one)! > lastSentBy(one, events) ? read.get(one)! : 0));
    const ownLast = lastSentBy(user, events);
    const marks = {
      read_seq: Math.max(read.get(user)!, ownLast),
      read_outbox_seq: Math.max(0, ...told),
      delivered_outbox_seq: ownLast,
    };
    for (const [name, least] of Object.entries(marks)) {
      const stands = Number((state as unknown as Record<string, number> | undefined)?.[name] ?? 0);
      findings.expect(
        'read_kept',
        stands >= least,
        () => `${user} in ${chatId}: ${name} is ${stands}, not ${least}`,
      );
    }
  }
}

function readBy(user: string, chatId: string, truth: Truth): number {
  const own = (truth.reads.get(chatId) ?? []).filter(
    (read) => read.user === user && read.outcome === 'acknowledged',
  );
  return Math.max(0, ...own.map(({ params }) => Number(params['seq'])));
}

const lastSentBy = (user: string, events: RestCheckOptions['events']): number =>
  events.findLast((event) => event?.type === 'message.new' && event.by === user && !event.isService)?.seq ??
  0;
