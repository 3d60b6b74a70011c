/** The buckets of presence in memory: slow, sometimes away, and what it tells may be lost. */
import { StoreUnavailable } from '#streams/event-store.js';
import { nowhere, type PresenceEntry } from '#streams/presence-entry.js';
import type { Beat, KnownEntry, PresenceTold } from '#streams/presence-store.js';
import type { Random } from '../support/random.js';
import type { PresenceKept } from '../../apps/gateway/presence/gateway-presence.js';

const delay_ms_max = 150;
/** Between the store's clock and everybody else's. */
const ahead_ms = 1_700;

export interface SimulatedProcess {
  isDead: boolean;
  /** What it called itself when it beat last, and when that was. */
  gateway: string;
  beatAtMs: number;
}

export class SimulatedPresenceStore {
  isAway = false;
  loses = 0;
  private sequence = 0;
  private readonly entries = new Map<string, KnownEntry>();
  private readonly beats = new Map<string, Beat>();
  private readonly followers = new Map<string, Set<PresenceTold>>();

  constructor(private readonly random: Random) {}

  /** As one process has it, which may be dead. */
  for(process: SimulatedProcess): PresenceKept {
    return {
      entryOf: (userId) =>
        this.answer(process, () => this.entries.get(userId) ?? { sequence: 0, entry: nowhere }),
      write: (userId, entry, expected) =>
        this.answer(process, () => this.write(userId, entry, expected)).catch(() => false),
      beat: (gateway) => this.answer(process, () => this.beat(gateway, process)).catch(() => false),
      beatsAfter: (sequence) => this.answer(process, () => this.beatsAfter(sequence)),
      follow: async (userId, told) => {
        const followers = this.followers.get(userId) ?? new Set();
        this.followers.set(userId, followers.add(told));
        return () => void followers.delete(told);
      },
      close: async () => undefined,
    };
  }

  /** Whether it is written there that this user is at that gateway. */
  has(userId: string, gateway: string): boolean {
    return gateway in (this.entries.get(userId) ?? { entry: nowhere }).entry.at;
  }

  /** Who is followed by nobody is not among them. */
  get followed(): number {
    return [...this.followers.values()].filter(({ size }) => size > 0).length;
  }

  private async answer<T>({ isDead }: { readonly isDead: boolean }, act: () => T): Promise<T> {
    await this.pass();
    if (isDead || this.isAway) throw new StoreUnavailable('the store is away');
    const answer = act();
    await this.pass();
    // Done, and not known to be.
    if (this.random.integer(100) < this.loses) throw new StoreUnavailable('the answer is lost');
    return answer;
  }

  private write(userId: string, entry: PresenceEntry, expected: number): boolean {
    if ((this.entries.get(userId)?.sequence ?? 0) !== expected) return false;
    const known = { sequence: (this.sequence += 1), entry: structuredClone(entry) };
    this.entries.set(userId, known);
    for (const { stored } of this.followers.get(userId) ?? [])
      if (this.random.integer(100) >= this.loses) void this.pass().then(() => stored(known));
    return true;
  }

  private beat(gateway: string, process: SimulatedProcess): boolean {
    Object.assign(process, { gateway, beatAtMs: Date.now() });
    this.beats.delete(gateway);
    this.beats.set(gateway, { gateway, atMs: Date.now() + ahead_ms, sequence: (this.sequence += 1) });
    return true;
  }

  private beatsAfter(sequence: number): readonly Beat[] {
    return [...this.beats.values()].filter((beat) => beat.sequence > sequence);
  }

  private pass(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.random.integer(delay_ms_max)));
  }
}
