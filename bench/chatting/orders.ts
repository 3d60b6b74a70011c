/** What a bench and the processes that make its load say to one another. */
import type { Durations } from '../support/percentiles.js';

/** Members and senders by the index of their sockets. */
export interface Room {
  readonly chatId: string;
  readonly members: readonly number[];
  readonly senders: readonly number[];
}

export interface Crowd {
  /** `odnix` or a bare relay, which stores and checks nothing. */
  readonly to: 'odnix' | 'relay';
  readonly sockets: readonly { readonly url: string; readonly token: string }[];
  readonly rooms: readonly Room[];
}

/** As much as comes back: every sender has so many messages on their way, and sends the next when one is everywhere. */
export interface ClosedLoop {
  readonly kind: 'closed';
  readonly seconds: number;
  readonly outstanding: number;
}

/** So many a second, evenly, whatever comes back; a room after the other. */
export interface FixedRate {
  readonly kind: 'rate';
  readonly seconds: number;
  readonly per_s: number;
}

export type Phase = ClosedLoop | FixedRate;

/** Of one phase. Percentiles are encoded (`Durations.merge`). */
export interface Sent {
  /** Everywhere while the phase lasted. */
  readonly in_time: number;
  readonly seconds: number;
  /** Everywhere in the end, those that came after the phase among them. */
  readonly messages: number;
  readonly deliveries: number;
  /** Sent, neither refused nor everywhere half a minute later. */
  readonly lost: number;
  readonly refused: Readonly<Record<string, number>>;
  /** From sending (at a fixed rate: from when it was due) until it was answered. */
  readonly tick: string;
  /** Until a recipient had it; each counts. */
  readonly screen: string;
  /** Until the last recipient had it. */
  readonly last: string;
}

export interface SentFigures extends Omit<Sent, 'tick' | 'screen' | 'last'> {
  readonly per_s: number;
  readonly tick: Durations;
  readonly screen: Durations;
  readonly last: Durations;
}
