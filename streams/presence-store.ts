import type { NatsConnection, Subscription } from '@nats-io/nats-core';
import { DirectGet } from './direct-get.js';
import { LastMessages } from './last-messages.js';
import { nowhere, readPresenceEntry, type PresenceEntry } from './presence-entry.js';
import { publishOne } from './publish-one.js';
import { gatewayOfSubject, gateways_stream, gatewaySubject, gatewaySubjects } from './subjects.js';
import { presence_stream, presenceSubject, sightChangedSubject, toldPresenceSubject } from './subjects.js';

/** Read at a time; there are as many as there were gateways in 90 days. */
const beats_read_max = 1_000;
const answer_ms_max = 5_000;

/** An entry and its place in the store: 0 where there is none yet. */
export interface KnownEntry {
  readonly sequence: number;
  readonly entry: PresenceEntry;
}

/** A gateway's sign of life. */
export interface Beat {
  readonly gateway: string;
  /** By the store's clock, as all times that are compared with it. */
  readonly atMs: number;
  readonly sequence: number;
}

export interface PresenceTold {
  readonly stored: (known: KnownEntry) => void;
  /** Who may see the user has changed; the text is the command handler's. */
  readonly sightChanged: (text: string) => void;
}

/**
 * The buckets PRESENCE and GATEWAYS (docs/adr/0038), over a connection of their own: thousands who come back at once ask much of it.
 * Entries are changed by compare and set alone. Reads are of any replica, which may lag by milliseconds: who writes on such a
 * one meets a conflict and reads again.
 */
export class PresenceStore {
  private readonly direct: DirectGet;
  private readonly lasts: LastMessages;

  constructor(private readonly nats: NatsConnection) {
    this.direct = new DirectGet(nats, answer_ms_max);
    this.lasts = new LastMessages(this.direct);
  }

  /** Many asked at once go together. Throws StoreUnavailable. */
  async entryOf(userId: string): Promise<KnownEntry> {
    const last = await this.lasts.lastOf(presence_stream, presenceSubject(userId));
    if (last === null) return { sequence: 0, entry: nowhere };
    return { sequence: last.sequence, entry: readPresenceEntry(Buffer.from(last.data).toString()) };
  }

  /** False: another wrote meanwhile, or it is not known whether it was stored. */
  async write(userId: string, entry: PresenceEntry, expectedSequence: number): Promise<boolean> {
    const data = new TextEncoder().encode(JSON.stringify(entry));
    const subject = presenceSubject(userId);
    const message = { subject, data, expectedLastSubjectSequence: expectedSequence };
    return (await publishOne(this.nats, message, { timeoutMs: answer_ms_max })).ok;
  }

  /** False: it is not known whether it was stored. */
  async beat(gateway: string): Promise<boolean> {
    const message = { subject: gatewaySubject(gateway), data: new Uint8Array() };
    return (await publishOne(this.nats, message, { timeoutMs: answer_ms_max })).ok;
  }

  /** Each gateway's last one, of those that were written after this place; ascending. Throws StoreUnavailable. */
  async beatsAfter(sequence: number): Promise<readonly Beat[]> {
    const beats: Beat[] = [];
    for (let from = sequence + 1; ; from = beats.at(-1)!.sequence + 1) {
      const range = { subject: gatewaySubjects, startSequence: from, max: beats_read_max };
      const { messages, pendingCount } = await this.direct.getBatch(gateways_stream, range);
      for (const { subject, timeMs, sequence: at } of messages)
        beats.push({ gateway: gatewayOfSubject(subject), atMs: timeMs, sequence: at });
      if (pendingCount === 0 || messages.length === 0) return beats;
    }
  }

  /** From when it resolves on everything that is stored is told, but for what is lost on the way. Returns what ends it. */
  async follow(userId: string, told: PresenceTold, onFailure: (error: unknown) => void): Promise<() => void> {
    const subscriptions: Subscription[] = [
      this.nats.subscribe(toldPresenceSubject(userId), {
        callback: (error, message) => {
          if (error) return onFailure(error);
          const sequence = Number(message.headers?.get('Nats-Sequence'));
          // Any gateway of the account may send here; without its place it is not from the store.
          if (sequence > 0) told.stored({ sequence, entry: readPresenceEntry(message.string()) });
        },
      }),
      this.nats.subscribe(sightChangedSubject(userId), {
        callback: (error, message) => (error ? onFailure(error) : told.sightChanged(message.string())),
      }),
    ];
    const end = () => subscriptions.forEach((subscription) => subscription.unsubscribe());
    try {
      await this.nats.flush();
      return end;
    } catch (error) {
      end();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.nats.close();
  }
}
