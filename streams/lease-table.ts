import { holderIn, isExpired, isLive, leaseSubject } from './lease.js';
import type { StoredMessage } from './stored-message.js';

/** A holder that lives writes an expired lease again within this, reconnecting included. */
const expired_left_alone_ms = 3_000;

interface Entry {
  readonly holder: string;
  readonly sequence: number;
  /** Null while it is live. */
  readonly expiredAtMs: number | null;
}

/**
 * Who takes part in a group and who has what, by the keys as they were seen last: `<group>.member.<member>` and
 * `<group>.lease.<name>`.
 *
 * What was deleted is free at once. What expired still counts for a moment: leases expire also when the servers could not
 * be asked to renew them, all of them together, and then those who have them are to keep them.
 */
export class LeaseTable {
  private entries = new Map<string, Entry>();
  private readonly memberPrefix: string;
  private readonly leasePrefix: string;

  constructor(group: string) {
    this.memberPrefix = leaseSubject(`${group}.member.`);
    this.leasePrefix = leaseSubject(`${group}.lease.`);
  }

  /** The last message of each of the group's keys that has one. */
  see(messages: readonly StoredMessage[], nowMs: number): void {
    const lasts = new Map(messages.map((message) => [message.subject, message]));
    const entries = new Map<string, Entry>();
    for (const [subject, entry] of this.entries) {
      const last = lasts.get(subject);
      if (last !== undefined && !isExpired(last)) continue;
      const expiredAtMs = entry.expiredAtMs ?? nowMs;
      if (nowMs - expiredAtMs < expired_left_alone_ms) entries.set(subject, { ...entry, expiredAtMs });
    }
    for (const message of lasts.values()) {
      if (!isLive(message)) continue;
      const { subject, sequence } = message;
      entries.set(subject, { holder: holderIn(message), sequence, expiredAtMs: null });
    }
    this.entries = entries;
  }

  get members(): Set<string> {
    return new Set(
      [...this.entries.keys()]
        .filter((subject) => subject.startsWith(this.memberPrefix))
        .map((subject) => subject.slice(this.memberPrefix.length)),
    );
  }

  /** Members, and whoever left a lease behind. */
  get holders(): Set<string> {
    return new Set([...this.members, ...[...this.entries.values()].map(({ holder }) => holder)]);
  }

  holderOf(name: string): string | null {
    return this.entries.get(this.leasePrefix + name)?.holder ?? null;
  }

  /** Everything of one that is gone; it counts no more. The live keys of it are to be voided. */
  remove(holder: string): { readonly subject: string; readonly sequence: number }[] {
    const all = [...this.entries].filter(([, entry]) => entry.holder === holder);
    for (const [subject] of all) this.entries.delete(subject);
    return all
      .filter(([, { expiredAtMs }]) => expiredAtMs === null)
      .map(([subject, { sequence }]) => ({ subject, sequence }));
  }
}
