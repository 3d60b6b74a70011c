/**
 * A chat folded by the domain's own fold from whatever its stream still holds. Where a decision with a message's text was
 * erased, the numbering of the events has a hole: it is counted and told, and what comes after it says how many
 * messages there were.
 */
import type { ChatEvent } from '#domain/chat/events.js';
import { foldDecision } from '#domain/chat/fold-decision.js';
import type { ChatDecision, ChatState } from '#domain/chat/state.js';
import { StoreDamaged } from '#streams/event-store.js';

export const shown_holes_max = 10;

/** Events that are not there, by `chat_pts`, both inclusive. */
export type Hole = readonly [from: number, to: number];

export class ChatFold {
  state: ChatState = { status: 'none' };
  deleted = 0;
  erased = 0;
  /** The first `shown_holes_max`. */
  readonly holes: Hole[] = [];

  /** Decisions in the stream's order. Throws StoreDamaged for what no erasure explains. */
  take(place: string, decision: ChatDecision): void {
    const [first] = decision.events;
    const before = this.state.status === 'none' ? 0 : this.state.chat_pts;
    // An anchor has no events, and tells where the chat stands.
    const next = first?.chat_pts ?? (decision.state?.chat_pts ?? before) + 1;
    if (next <= before) throw new StoreDamaged(`${place}: event ${next} stands behind ${before}`);
    if (next > before + 1) this.skip(place, before + 1, next - 1);
    this.state = foldDecision(this.state, decision);
    for (const event of decision.events) this.notice(event);
    if (decision.state !== undefined && this.state.status === 'active')
      this.state = { ...this.state, ...decision.state };
  }

  /** Who is a member is never beside a text: a hole hides messages, and nothing else. */
  private skip(place: string, from: number, to: number): void {
    if (this.state.status === 'none')
      throw new StoreDamaged(`${place}: the chat begins with event ${to + 1}, its creation is missing`);
    this.erased += to - from + 1;
    if (this.holes.length < shown_holes_max) this.holes.push([from, to]);
    this.state = { ...this.state, chat_pts: to };
  }

  private notice(event: ChatEvent): void {
    if (event.type === 'Tombstoned') this.deleted += 1;
    const seq = 'message' in event.data ? event.data.message.seq : 'seq' in event.data ? event.data.seq : 0;
    const { state } = this;
    if (state.status === 'active' && seq > state.last_seq) this.state = { ...state, last_seq: seq };
  }
}
