/** Who chats with whom, and how much. */
import type { Account } from '../support/accounts.js';
import type { AtRate } from './figures.js';
import type { Room } from './orders.js';

export interface Conversations {
  readonly people: readonly Account[];
  /** Their members are indexes of people. */
  readonly rooms: readonly Room[];
  /** Of each sender. */
  readonly outstanding: number;
  /** What is sent at a fixed rate, by what was reached in the closed loop. */
  readonly rates: (peak_per_s: number) => readonly Omit<AtRate, 'sent'>[];
}
