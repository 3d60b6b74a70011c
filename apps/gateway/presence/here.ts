import type { PresenceEntry } from '#streams/presence-entry.js';
import type { PresenceStore } from '#streams/presence-store.js';
import { withoutPlace, withPlace, type EndOf } from './presence.js';

/** Entries that are read and written at a time: thousands who come at once are written one batch after the other. */
const writes_at_once_max = 64;
const looks_per_debounce = 6;
const retry_ms = 1_000;

export interface HereOptions {
  readonly store: Pick<PresenceStore, 'entryOf' | 'write'>;
  readonly gateway: { readonly id: string; readonly isKnown: boolean };
  readonly endOf: EndOf;
  /** Whoever has gone is still there for so long. */
  readonly offline_after_ms: number;
  readonly onFailure: (error: unknown) => void;
}

interface Stay {
  sessions: number;
  readonly sinceMs: number;
  /** When the last session went. */
  leftAtMs: number | null;
}

/**
 * Who is connected to this gateway, written to each user's entry: when they come, and when they have been gone for a while. Who comes
 * back before is written nothing. What could not be written, or met another's write, is tried again from what stands there
 * then, so no order of coming and going is lost; memory is a small object a user.
 */
export class Here {
  private readonly stays = new Map<string, Stay>();
  /** Whose entry may say something else. */
  private readonly due = new Set<string>();
  private readonly timer: NodeJS.Timeout;
  private retry: NodeJS.Timeout | undefined;
  private isWriting = false;
  private isClosed = false;

  constructor(private readonly options: HereOptions) {
    this.timer = setInterval(() => this.lookForGone(), options.offline_after_ms / looks_per_debounce);
  }

  /** A session of theirs. Every one that arrives leaves once. */
  arrive(userId: string): void {
    const stay = this.stays.get(userId);
    if (stay) {
      stay.sessions += 1;
      stay.leftAtMs = null;
      return;
    }
    this.stays.set(userId, { sessions: 1, sinceMs: Date.now(), leftAtMs: null });
    this.writeSoon(userId);
  }

  leave(userId: string): void {
    const stay = this.stays.get(userId);
    if (!stay || stay.sessions === 0) return;
    stay.sessions -= 1;
    if (stay.sessions === 0) stay.leftAtMs = Date.now();
  }

  /** Others may have taken this gateway for gone, and have written so. */
  assertAll(): void {
    for (const userId of this.stays.keys()) this.writeSoon(userId);
  }

  close(): void {
    this.isClosed = true;
    clearInterval(this.timer);
    clearTimeout(this.retry);
  }

  private lookForGone(): void {
    for (const [userId, stay] of this.stays) if (this.isGone(stay)) this.writeSoon(userId);
  }

  private isGone({ leftAtMs }: Stay): boolean {
    return leftAtMs !== null && Date.now() - leftAtMs >= this.options.offline_after_ms;
  }

  private writeSoon(userId: string): void {
    this.due.add(userId);
    if (!this.isWriting && this.retry === undefined) void this.writeAll();
  }

  private async writeAll(): Promise<void> {
    this.isWriting = true;
    // Those who come in one go are read together.
    await Promise.resolve();
    while (this.due.size > 0 && !this.isClosed && this.options.gateway.isKnown) {
      const some = this.takeDue();
      const written = await Promise.all(some.map((userId) => this.write(userId)));
      const again = some.filter((_, index) => !written[index]);
      for (const userId of again) this.due.add(userId);
      if (again.length === some.length) break;
    }
    this.isWriting = false;
    if (this.due.size > 0 && !this.isClosed) this.retryLater();
  }

  private takeDue(): string[] {
    const some: string[] = [];
    for (const userId of this.due) {
      if (some.length === writes_at_once_max) break;
      this.due.delete(userId);
      some.push(userId);
    }
    return some;
  }

  private retryLater(): void {
    this.retry = setTimeout(() => {
      this.retry = undefined;
      void this.writeAll();
    }, retry_ms);
  }

  /** False: it is to be tried again. */
  private async write(userId: string): Promise<boolean> {
    const { store, onFailure } = this.options;
    try {
      const { sequence, entry } = await store.entryOf(userId);
      const stay = this.stays.get(userId);
      if (!stay) return true;
      const { leftAtMs } = stay;
      const isGone = this.isGone(stay);
      const next = isGone ? this.without(entry, stay) : this.with(entry, stay);
      if (next !== entry && !(await store.write(userId, next, sequence))) return false;
      if (!isGone) return true;
      // Back since that was decided: their entry says otherwise by now.
      if (stay.leftAtMs !== leftAtMs) return false;
      return this.stays.delete(userId);
    } catch (error) {
      onFailure(error);
      return false;
    }
  }

  private with(entry: PresenceEntry, { sinceMs }: Stay): PresenceEntry {
    const { gateway, endOf } = this.options;
    return withPlace(entry, gateway.id, sinceMs, endOf);
  }

  private without(entry: PresenceEntry, { leftAtMs }: Stay): PresenceEntry {
    const { gateway, endOf } = this.options;
    return withoutPlace(entry, gateway.id, leftAtMs!, endOf);
  }
}
