/** Who was in a chat, from when to when: what decides whose receipts are of it. */
import type { Member } from '#domain/chat/events.js';
import type { Cursor } from '#domain/receipt/events.js';
import { OperationRefused, type AdminContext } from '../operation.js';
import type { Audited, EventFact, GapFact } from './audited.js';
import { beginning, chatFacts, type ChatPlace } from './chat-facts.js';
import type { Stretch } from './stretch.js';

/** From a joining to the leaving, by their places in the chat's stream. */
interface Stay {
  readonly from_sequence: number;
  until_sequence: number;
  readonly visible_from_seq: number;
}

export class ChatOutline {
  private readonly stays = new Map<string, Stay[]>();
  /** The last decision before the times that are asked for. */
  before: ChatPlace = beginning;
  /** Of the message in question. */
  sent: EventFact | null = null;
  isDeleted = false;

  private constructor(
    private readonly stretch: Stretch,
    private readonly seq: number | undefined,
  ) {}

  /** By reading the chat from its beginning. Throws OperationRefused when there is none, or no such message in it. */
  static async read(
    context: AdminContext,
    stretch: Stretch,
    chatId: string,
    seq?: number,
  ): Promise<ChatOutline> {
    const outline = new ChatOutline(stretch, seq);
    let isThere = false;
    for await (const audited of chatFacts(context, stretch, chatId)) {
      isThere = true;
      outline.take(audited);
    }
    if (!isThere) throw new OperationRefused(`there is no chat ${chatId}`);
    if (seq !== undefined && outline.sent === null && !outline.isDeleted)
      throw new OperationRefused(`the chat ${chatId} has no message ${seq}`);
    return outline;
  }

  get everybody(): readonly string[] {
    return [...this.stays.keys()];
  }

  /** Members when the message was sent. */
  get recipients(): readonly string[] {
    const at = this.sent?.at.sequence;
    if (at === undefined) return [];
    return this.everybody.filter((userId) =>
      this.staysOf(userId).some((stay) => stay.from_sequence <= at && at <= stay.until_sequence),
    );
  }

  /** Whether the mark was checked while its user could see the message. */
  reaches(userId: string, { seq, after }: Cursor): boolean {
    const wanted = this.seq!;
    return this.staysOf(userId).some(
      (stay) =>
        seq >= wanted &&
        stay.visible_from_seq <= wanted &&
        stay.from_sequence <= after &&
        after < stay.until_sequence,
    );
  }

  private take({ fact }: Audited<EventFact | GapFact>): void {
    if (fact.stored_at_ms < this.stretch.times.from_ms)
      this.before = { sequence: fact.at.sequence, chat_pts: lastPts(fact) };
    if (fact.is === 'gap') return;
    const { type, data, at } = fact;
    if (type === 'ChatCreated') this.join(data['members'] as Member[], at.sequence);
    if (type === 'MembersAdded') this.join(data['added'] as Member[], at.sequence);
    if (type === 'MemberRemoved') this.leave(data['user_id'] as string, at.sequence);
    if (this.seq === undefined || seqIn(fact) !== this.seq) return;
    if (type === 'MessageSent') this.sent = fact;
    if (type === 'Tombstoned') this.isDeleted = true;
  }

  private join(members: readonly Member[], from_sequence: number): void {
    for (const { user_id, visible_from_seq } of members) {
      const stay = { from_sequence, until_sequence: Infinity, visible_from_seq };
      this.stays.set(user_id, [...this.staysOf(user_id), stay]);
    }
  }

  private leave(userId: string, until: number): void {
    const last = this.staysOf(userId).at(-1);
    if (last !== undefined) last.until_sequence = until;
  }

  private staysOf(userId: string): readonly Stay[] {
    return this.stays.get(userId) ?? [];
  }
}

/** The message that an event is about. */
export const seqIn = ({ data }: EventFact): number | undefined =>
  (data['message'] as { seq?: number } | undefined)?.seq ?? (data['seq'] as number | undefined);

const lastPts = (fact: EventFact | GapFact): number => (fact.is === 'gap' ? fact.chat_pts_to : fact.chat_pts);
