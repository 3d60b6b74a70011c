import { openPrivacy } from '#domain/account/profile.js';
import { isKnownUpdate } from '#domain/user-log/fold.js';
import { entryHash } from '#domain/user-log/entry.js';
import { hashedEntryOf } from '#domain/user-log/hashed-update.js';
import type { ChannelUpdate, MessageView, Update, UpdateNotification } from '#domain/user-log/update.js';
import type { SyncSnapshotResult } from '#protocol/methods/updates.js';
import { Channels } from './channels.js';
import type { EventHub } from './client-events.js';
import type { CancelTimer, Environment } from './environment.js';
import type { Expiry } from './expiry.js';
import type { Outbox } from './outbox.js';
import { snapshotPages } from './first-sync.js';
import type { Calls } from './calls.js';
import { profileOf, type People } from './people.js';
import type { Receipts } from './receipts.js';
import type { Replica } from './replica.js';
import type { Session } from './session.js';
import { UpdateManager, type LogPosition } from './update-manager.js';

/** Changes that come within this time are stored in one commit. */
const store_coalesce_ms = 100;
/** After a commit that failed. */
const store_retry_ms = 5_000;
const difference_updates_max = 500;

export interface SynchronizerOptions {
  readonly environment: Environment;
  readonly userId: string;
  readonly replica: Replica;
  readonly outbox: Outbox;
  readonly receipts: Receipts;
  readonly people: People;
  readonly calls: Pick<Calls, 'updated'>;
  readonly events: EventHub;
  readonly request: Session['request'];
  readonly expiry: Pick<Expiry, 'look'>;
}

/**
 * Keeps the replica in step with the user's log: what the update manager lets through is folded, stored together with
 * its place, and acknowledged once it is stored.
 */
export class Synchronizer {
  readonly updates: UpdateManager;
  readonly channels: Channels;
  #cancelTimer: CancelTimer | null = null;
  #storing: Promise<void> = Promise.resolve();

  constructor(private readonly options: SynchronizerOptions) {
    const { environment, replica, events, request } = options;
    this.updates = new UpdateManager(replica.position, {
      environment,
      apply: (notification, position) => this.#apply(notification, position),
      hashAfter: (before, notification) => entryHash(environment.sha256, before, hashedEntryOf(notification)),
      getDifference: ({ sync_token }) =>
        request('updates.getDifference', { sync_token, limit: difference_updates_max }),
      takeSnapshot: () => this.#takeSnapshot(),
      onDiverged: (pts) => events.emit('diverged', { pts }),
      onCaughtUp: (position) => this.#caughtUp(position),
      onError: (error) => events.emit('problem', { error }),
    });
    this.channels = new Channels({
      environment,
      replica,
      request,
      onApplied: (update) => this.#channelMoved(update),
      onError: (error) => events.emit('problem', { error }),
    });
  }

  /** Messages fetched beside the log, to be kept with it. */
  keep(chatId: string, messages: readonly MessageView[]): void {
    this.options.replica.keep(chatId, messages);
    this.#schedule(store_coalesce_ms);
  }

  /** Another record goes from the store together with what is stored next. */
  removeRecord(key: string): void {
    this.options.replica.removeRecord(key);
    this.#schedule(store_coalesce_ms);
  }

  /** What is due was taken out of the replica. */
  forgotten(chatIds: ReadonlySet<string>): void {
    this.#schedule(store_coalesce_ms);
    for (const chat_id of chatIds) this.options.events.emit('chat', { chat_id });
  }

  /** Resolves when everything is stored, or could not be. */
  async flush(): Promise<void> {
    await this.options.outbox.settled();
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    await this.#storeNow();
  }

  #apply({ update }: UpdateNotification, position: LogPosition): void {
    this.options.replica.apply(update, position);
    this.#schedule(store_coalesce_ms);
    if (/^chat.(new|changed|removed)$/.test(update.type) && 'chat_id' in update)
      this.channels.look(update.chat_id);
    this.#tell(update);
  }

  #channelMoved(update: ChannelUpdate): void {
    this.#schedule(store_coalesce_ms);
    if (update.type !== 'chat.unseen') this.#tell(update);
  }

  #tell(update: Update): void {
    const { outbox, people, calls, events, userId } = this.options;
    if (!isKnownUpdate(update)) return events.emit('unknown_update', { type: update.type, update });
    outbox.logMoved(update);
    if (update.type === 'user.changed') this.#inBackground(people.replace(profileOf(update)));
    events.emit('update', { update });
    calls.updated(update);
    if ('chat_id' in update) events.emit('chat', { chat_id: update.chat_id });
    if (update.type !== 'message.new') return;
    const { message } = update;
    const is_own = message.sender_id === userId;
    events.emit('message', { message, is_own });
  }

  #caughtUp(position: LogPosition): void {
    const { events, replica, outbox } = this.options;
    replica.confirm(position);
    outbox.caughtUp();
    this.#schedule(store_coalesce_ms);
    events.emit('caught_up', { pts: position.pts });
  }

  async #takeSnapshot(): Promise<{ position: LogPosition; install: () => void }> {
    const pages = await snapshotPages(this.options.request);
    const { pts, sync_token, hash } = pages[0]!;
    const position = { pts, sync_token, hash };
    return { position, install: () => this.#install(pages, position) };
  }

  #install(pages: readonly SyncSnapshotResult[], position: LogPosition): void {
    const { replica, receipts, people, events } = this.options;
    const chats = pages.flatMap((page) => page.chats).map(({ messages: _messages, ...chat }) => chat);
    const messages = pages.flatMap((page) => page.chats).flatMap((chat) => chat.messages);
    // A server before protocol 1.4 tells neither of the two.
    const contacts = pages.flatMap((page: Partial<SyncSnapshotResult>) => page.contacts ?? []);
    const { privacy = openPrivacy }: Partial<SyncSnapshotResult> = pages[0]!;
    replica.replace({ chats, messages, contacts, privacy }, position);
    this.channels.restart();
    receipts.restart();
    this.#inBackground(people.learn(pages.flatMap((page) => page.users)));
    this.#schedule(store_coalesce_ms);
    events.emit('replaced', { pts: position.pts });
  }

  #schedule(ms: number): void {
    this.options.expiry.look();
    this.#cancelTimer ??= this.options.environment.after(ms, () => {
      this.#cancelTimer = null;
      void this.#storeNow();
    });
  }

  /** One commit after the other: each takes all that has changed until it begins. */
  #storeNow(): Promise<void> {
    this.#storing = this.#storing.then(() => this.#store());
    return this.#storing;
  }

  async #store(): Promise<void> {
    const { replica, receipts, events } = this.options;
    if (!replica.hasChanges) return;
    try {
      receipts.stored(await replica.store());
    } catch (error) {
      events.emit('problem', { error });
      this.#schedule(store_retry_ms);
    }
  }

  #inBackground(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.options.events.emit('problem', { error }));
  }
}
