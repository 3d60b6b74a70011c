/**
 * A gateway that follows one user's log, in virtual time: its own code from `session.open` to the frame, over servers and
 * sockets that do what real ones may do. Reads are slow, fail, or come from a replica that is behind; a subscription is
 * known late; announcements are lost, late, doubled and out of order; writers die before they announce, and their
 * successors announce again; sockets stall and break.
 */
import { vi } from 'vitest';
import { Admission } from '#edge/admission.js';
import type { EdgeServices } from '#edge/open-edge.js';
import { WrittenSince } from '#edge/written-since.js';
import type { StoredMessage } from '#streams/stored-message.js';
import { liveUserSubject } from '#streams/subjects.js';
import type { LogPosition } from '#edge/log-position.js';
import type { AnnouncedUpdate, Announcement } from '#streams/announcement.js';
import { StoreUnavailable } from '#streams/event-store.js';
import { gatewayTimes, sendLimits, session_opens } from '../../apps/gateway/limits.js';
import { SendBuffers } from '../../apps/gateway/send-buffers.js';
import { sessionMethods, type SessionServices } from '../../apps/gateway/session-methods.js';
import { UserFeeds } from '../../apps/gateway/user-feeds.js';
import type { Random } from '../support/random.js';
import { SimulatedDevice } from './simulated-device.js';

const userId = '0198c5a0-0000-7000-8000-000000000001';
const slice_updates_max = 8;

export interface Faults {
  /** Announcements are lost, subscriptions are known late, and a head may be told that is not the last. */
  readonly loses: boolean;
}

interface Subscriber {
  readonly subject: string;
  readonly callback: (error: null, message: { string(): string }) => void;
  isKnown: boolean;
  isOver: boolean;
}

/** The user is in none; what is asked of query handlers beside is nothing. */
const noChannels = { result: { pts: 2 ** 30, chat_ids: [] } };

export class SimulatedGateway {
  /** The log's last pts. */
  head = 0;
  /** Servers do what they should, and nothing is lost any more. */
  isHealthy = false;
  readonly devices: SimulatedDevice[];
  readonly subscribers = new Set<Subscriber>();
  private readonly feeds: UserFeeds;
  private readonly buffers = new SendBuffers(sendLimits);

  constructor(
    private readonly random: Random,
    private readonly faults: Faults,
    deviceCount: number,
  ) {
    // Without losses nobody has to look at heads: all that is known comes from announcements and from being asked.
    const looks = faults.loses ? {} : { first_head_checks_ms: [], head_check_ms: 2 ** 30 };
    const edge = this.edge();
    const onFailure = (error: unknown) => {
      if (!(error instanceof StoreUnavailable)) throw error;
    };
    this.feeds = new UserFeeds(edge, { ...gatewayTimes, ...looks }, onFailure);
    const identity = { user_id: userId, device_id: userId };
    const access = { verify: () => Promise.resolve({ identity, expiresAtMs: Date.now() + 1e9, pair: 'p' }) };
    const services = {
      presence: { here: { arrive: () => undefined, leave: () => undefined } },
      edge: { ...edge, access },
      guard: { add: () => () => undefined },
      feeds: this.feeds,
      opens: new Admission(session_opens),
      times: gatewayTimes,
      onFailure,
    } as unknown as SessionServices;
    const open = sessionMethods(services)['session.open']!;
    this.devices = Array.from({ length: deviceCount }, () => new SimulatedDevice(open, this.buffers, random));
  }

  close(): void {
    this.feeds.close();
    this.buffers.close();
  }

  /** As many entries in one batch; announced after the store's answer, unless the writer dies before. */
  append(count: number): void {
    const prev_pts = this.head;
    this.head += count;
    const isOrphaned = this.loses && this.chance(15);
    if (!isOrphaned) this.announce(prev_pts, this.head);
  }

  /** A new writer tells again what it finds at the end of the log. */
  takeOver(): void {
    this.announce(Math.max(0, this.head - 1 - this.random.integer(6)), this.head);
  }

  private announce(prev_pts: number, last: number): void {
    const announcement: Announcement = { prev_pts, items: itemsBetween(prev_pts, last) };
    const text = JSON.stringify(announcement);
    const copies = this.loses && this.chance(20) ? 0 : this.chance(10) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      for (const subscriber of this.subscribers) {
        if (subscriber.subject !== liveUserSubject(userId)) continue;
        void this.after(this.isHealthy ? 1 : this.random.integer(60)).then(() => {
          if (subscriber.isKnown && !subscriber.isOver) subscriber.callback(null, { string: () => text });
        });
      }
    }
  }

  private edge(): EdgeServices {
    const lastsAfter = (_stream: string, subjects: readonly string[], sequence: number) =>
      this.read(() => {
        const upToSequence = this.toldHead();
        const lasts = subjects.map((subject) => ({ subject, sequence: upToSequence }) as StoredMessage);
        return { messages: upToSequence > sequence ? lasts : [], upToSequence };
      });
    const place = (id: string) => ({ stream: 'USER', subject: id });
    const written = new WrittenSince({ lastsAfter }, place, (last) => last?.sequence ?? 0);
    const reader = {
      head: () => this.read(() => positionAt(this.toldHead())),
      headPts: () => this.read(() => this.toldHead()),
      changedHeadPts: (ids: readonly string[]) => written.among(ids),
      forgetHead: (id: string) => written.forget(id),
    };
    const updatesAfter = (_user: string, { pts }: LogPosition, max: number) =>
      this.read(() => {
        const last = Math.max(
          pts,
          Math.min(this.seenHead(), pts + max, pts + 1 + this.random.integer(slice_updates_max)),
        );
        return { items: itemsBetween(pts, last), more: last < this.head };
      });
    const tokens = {
      encode: (_user: string, _epoch: number, { pts }: LogPosition) => String(pts),
      notification: (_user: string, _epoch: number, { pts, update }: AnnouncedUpdate) => ({ pts, update }),
    };
    return {
      nats: { subscribe: this.subscribe, flush: this.flush },
      catchUp: { reader, updatesAfter },
      tokens,
      resume: {
        fromToken: (_user: string, token: string) =>
          this.read(() => ({ kind: 'at', position: positionAt(Number(token)) })),
      },
      devices: { has: () => this.read(() => true) },
      limits: { mustTake: () => Promise.resolve() },
      ask: { query: () => Promise.resolve(noChannels) },
      pairs: { tell: () => undefined },
      epochOf: () => Promise.resolve(1),
    } as unknown as EdgeServices;
  }

  private readonly subscribe = (subject: string, { callback }: Pick<Subscriber, 'callback'>) => {
    const subscriber: Subscriber = { subject, callback, isKnown: false, isOver: false };
    this.subscribers.add(subscriber);
    const unsubscribe = () => {
      subscriber.isOver = true;
      this.subscribers.delete(subscriber);
    };
    return { unsubscribe };
  };

  /** This node knows then; another one, where the writer is, may know later. */
  private readonly flush = async (): Promise<void> => {
    await this.after(this.random.integer(5));
    for (const subscriber of this.subscribers) {
      const lateMs = this.loses && this.chance(30) ? this.random.integer(3_000) : 0;
      void this.after(lateMs).then(() => (subscriber.isKnown = true));
    }
  };

  private get loses(): boolean {
    return this.faults.loses && !this.isHealthy;
  }

  private toldHead(): number {
    return this.faults.loses ? this.seenHead() : this.head;
  }

  /** A replica may be some entries behind, from one read to the next. */
  private seenHead(): number {
    return this.isHealthy ? this.head : Math.max(0, this.head - this.random.pick([0, 0, 0, 1, 2, 5]));
  }

  private async read<T>(answer: () => T): Promise<T> {
    await this.after(this.isHealthy ? 1 : this.random.pick([0, 1, 5, 40, 40, 1_500]));
    if (!this.isHealthy && this.chance(10)) throw new StoreUnavailable('simulated');
    const value = answer();
    await this.after(this.isHealthy ? 0 : this.random.integer(20));
    return value;
  }

  private after(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }

  private chance(percent: number): boolean {
    return this.random.integer(100) < percent;
  }
}

export const advance = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

const positionAt = (pts: number): LogPosition => ({ pts, sequence: pts, hash: 'AAAA', dateMs: pts });

const itemsBetween = (after: number, last: number): AnnouncedUpdate[] =>
  Array.from({ length: last - after }, (_, index) => {
    const pts = after + 1 + index;
    return {
      pts,
      date_ms: pts,
      sequence: pts,
      hash: 'AAAA',
      source: { stream: 'CHAT_0', sequence: pts },
      update: { type: 'chat.removed', chat_id: 'c', chat_pts: pts },
    };
  });
