import type { UserContent } from '#domain/chat/events.js';
import type { MessageReactionUpdate, Update } from '#domain/user-log/update.js';
import type { Environment } from './environment.js';
import { Lanes } from './lanes.js';
import type { OdnixError } from './odnix-error.js';
import {
  isSameTarget,
  isWaiting,
  type OutboxItem,
  type OutgoingReaction,
  type SendOptions,
  type Target,
} from './outbox-item.js';
import { isInLog, reactionsTold, type LogView } from './outbox-log.js';
import { planChange, retargeted, type Change } from './outbox-plan.js';
import { outbox_prefix, OutboxRecords, type OutboxRecordsOptions } from './outbox-records.js';
import { refusal } from './outbox-refusal.js';
import { OutboxSender, type OutboxSenderOptions } from './outbox-sender.js';
import { OutboxWaiters, type QueuedChange, type QueuedMessage } from './outbox-waiters.js';
import type { ServerClock } from './server-clock.js';

export interface OutboxOptions
  extends OutboxRecordsOptions, Pick<OutboxSenderOptions, 'request' | 'onRefused'> {
  readonly environment: Environment;
  readonly clock: ServerClock;
  readonly userId: string;
  readonly log: LogView;
  readonly onChanged: (chatId: string) => void;
}

/**
 * What the user did, from then on until the server's log shows it: stored first, carried out in the order of its chat,
 * under the same id after every lost connection, restart and retryable error, so that it happens once.
 */
export class Outbox {
  readonly #records: OutboxRecords;
  readonly #waiters = new OutboxWaiters();
  readonly #sender: OutboxSender;
  readonly #lanes: Lanes;
  /** Reactions that the log has shown, answered or not. */
  readonly #seen = new Set<string>();
  /** Answered before the session was opened: what is replayed brings them, whether that could be seen or not. */
  #answeredBefore: ReadonlySet<string> = new Set();

  constructor(private readonly options: OutboxOptions) {
    const { environment, request, clock } = options;
    this.#records = new OutboxRecords(options);
    this.#sender = new OutboxSender({
      records: this.#records,
      waiters: this.#waiters,
      clock,
      request,
      isInLog: (item) => this.#isInLog(item),
      onRefused: (item, error) => options.onRefused(item, error),
    });
    this.#lanes = new Lanes({
      environment,
      next: (chatId) => this.items(chatId).find(isWaiting)?.id ?? null,
      carryOut: (chatId, id) => this.#carryOut(chatId, id),
    });
  }

  /** Of its records' keys. */
  readonly prefix = outbox_prefix;

  /** What an earlier run left behind. */
  restore(records: Parameters<OutboxRecords['restore']>[0]): void {
    this.#records.restore(records);
    for (const chatId of this.chatIds()) {
      for (const { id, state } of this.items(chatId)) if (state === 'queued') this.#sender.neverSent.add(id);
      for (const { id } of this.items(chatId)) {
        const seq = this.options.log.seqOf(chatId, id);
        if (seq !== undefined) this.#confirm(chatId, id, seq);
      }
      this.#dropWhatIsInLog(chatId);
    }
  }

  /** How many changes are still to be carried out. */
  get size(): number {
    return this.#records.waiting;
  }

  /** What the log does not show yet, in the order in which it was queued. */
  items(chatId: string): readonly OutboxItem[] {
    return this.#records.items(chatId).filter((item) => !this.#isInLog(item));
  }

  chatIds(): string[] {
    return this.#records.chatIds();
  }

  /** Resolves when everything decided so far is stored. */
  settled(): Promise<void> {
    return this.#records.settled();
  }

  /** Resolves once the message is stored here. */
  async add(
    chatId: string,
    content: UserContent,
    { replyToSeq, silent = false, expiresInS }: SendOptions = {},
  ): Promise<QueuedMessage> {
    const reply = replyToSeq === undefined ? {} : { reply_to_seq: replyToSeq };
    const quietly = silent ? { silent } : {};
    const expiry = expiresInS === undefined ? {} : { expires_in_s: expiresInS };
    let id = '';
    await this.#records.change(chatId, 'must', (items) => {
      const fields = this.#newFields(chatId, items);
      id = fields.id;
      return new Map([[id, { ...fields, kind: 'send', content, ...reply, ...quietly, ...expiry }]]);
    });
    return this.#queued(chatId, id);
  }

  /** Sends a failed message again, behind everything else of its chat and under a new id. */
  async resend(chatId: string, failedId: string): Promise<QueuedMessage> {
    let id = '';
    await this.#records.change(chatId, 'must', (items) => {
      const item = items.find((one) => one.id === failedId && one.state === 'failed');
      if (item?.kind !== 'send') throw refusal('NOT_FOUND');
      const { error_code: _code, ...message } = { ...item, ...this.#newFields(chatId, items) };
      id = message.id;
      return new Map<string, OutboxItem | null>([[failedId, null]]).set(id, message);
    });
    return this.#queued(chatId, id);
  }

  /** Resolves once the change is stored here; rejects when it makes no sense any more. */
  async change(chatId: string, change: Change): Promise<QueuedChange> {
    let done: Promise<unknown> = Promise.resolve();
    const changes = await this.#records.change(chatId, 'must', (items) => {
      const newItem = (what: Change): OutboxItem => ({ ...this.#newFields(chatId, items), ...what });
      const plan = planChange(items, this.#aimed(chatId, change), newItem);
      if ('refusal' in plan) throw refusal(plan.refusal);
      if (plan.waitFor !== null) done = this.#waiters.add(plan.waitFor);
      return plan.changes;
    });
    for (const [id, item] of changes) {
      if (item === null) this.#waiters.reject(id, refusal('CANCELLED'));
      // What was changed in place is another thing than what the log was seen to show.
      this.#seen.delete(id);
    }
    this.#changed(chatId);
    const settled = done.then(() => undefined);
    settled.catch(() => undefined);
    return { done: settled };
  }

  online(): void {
    this.#lanes.online(this.chatIds());
  }

  offline(): void {
    this.#lanes.offline();
  }

  /** A session is about to be opened. */
  opening(): void {
    const items = this.chatIds().flatMap((chatId) => this.#records.items(chatId));
    this.#answeredBefore = new Set(items.filter(({ state }) => state === 'answered').map(({ id }) => id));
  }

  /** The log has reached what the server had when the session was opened. */
  caughtUp(): void {
    for (const chatId of this.chatIds()) this.#drop(chatId, this.#answeredBefore);
    this.#answeredBefore = new Set();
  }

  /** The log went on by this update. Standing in the user's own log is as good as an answer. */
  logMoved(update: Update): void {
    if (!('chat_id' in update)) return;
    const { chat_id } = update;
    const items = this.#records.items(chat_id);
    if (items.length === 0) return;
    if (update.type === 'message.reaction' && update.user_id === this.options.userId)
      this.#reactionSeen(update);
    const isHere = (id: string): boolean => items.some((item) => item.id === id);
    if (update.type === 'message.new' && isHere(update.message.client_msg_id))
      this.#confirm(chat_id, update.message.client_msg_id, update.seq);
    if (update.type === 'chat.removed') this.#drop(chat_id, new Set(items.map(({ id }) => id)));
    this.#dropWhatIsInLog(chat_id);
  }

  async #carryOut(chatId: string, id: string): Promise<OdnixError | null> {
    // What the log shows already may be answered without a further update.
    const item = this.#records.find(chatId, id);
    if (item?.kind === 'react' && this.#isInLog({ ...item, state: 'answered' })) this.#seen.add(id);
    const error = await this.#sender.carryOut(chatId, id);
    this.#dropWhatIsInLog(chatId);
    this.options.onChanged(chatId);
    return error;
  }

  /** As if it had been answered: its seq must be stored before anything can aim at it. */
  #confirm(chatId: string, id: string, seq: number): void {
    const confirmed = this.#records.change(chatId, 'should', (items) => {
      const item = items.find((one) => one.id === id);
      if (item?.kind !== 'send' || !isWaiting(item)) return new Map();
      const answered = { ...item, seq, state: 'answered' } as const;
      this.#waiters.resolve(answered);
      return new Map([...retargeted(items, { client_msg_id: id }, { seq }), [id, answered]]);
    });
    confirmed.then(() => this.#dropWhatIsInLog(chatId), this.options.onError);
  }

  #dropWhatIsInLog(chatId: string): void {
    const items = this.#records.items(chatId);
    const gone = items.filter((item) => this.#isInLog(item)).map(({ id }) => id);
    if (gone.length > 0) this.#drop(chatId, new Set(gone));
  }

  #drop(chatId: string, ids: ReadonlySet<string>): void {
    const dropped = this.#records.change(chatId, 'with_log', (items) => {
      const gone = items.filter(({ id, state }) => ids.has(id) && state === 'answered');
      return new Map(gone.map(({ id }) => [id, null]));
    });
    const after = (): void => {
      for (const id of ids) this.#seen.delete(id);
      this.#changed(chatId);
    };
    dropped.then(after, this.options.onError);
  }

  /** What the log shows may be from before an earlier reaction to the same message, which it does not show yet. */
  #isInLog(item: OutboxItem): boolean {
    if (
      item.kind === 'react' &&
      this.#reactions(item).some((one) => one.order < item.order && !this.#isInLog(one))
    )
      return false;
    return isInLog(item, this.options.log) || (item.state === 'answered' && this.#seen.has(item.id));
  }

  #reactionSeen({ chat_id, seq, emoji }: MessageReactionUpdate): void {
    const untold = this.#reactions({ chat_id, target: { seq } }).filter(({ id }) => !this.#seen.has(id));
    for (const { id } of reactionsTold(untold, emoji)) this.#seen.add(id);
  }

  /** To one message, in the order in which they were meant. */
  #reactions({ chat_id, target }: Pick<OutgoingReaction, 'chat_id' | 'target'>): OutgoingReaction[] {
    return this.#records
      .items(chat_id)
      .filter((item) => item.kind === 'react')
      .filter((item) => isSameTarget(item.target, target));
  }

  #queued(chatId: string, id: string): QueuedMessage {
    const sent = this.#waiters.sent(id);
    this.#changed(chatId);
    return { client_msg_id: id, sent };
  }

  #changed(chatId: string): void {
    this.options.onChanged(chatId);
    this.#lanes.pump(chatId);
  }

  #newFields(chatId: string, items: readonly OutboxItem[]) {
    const { clock } = this.options;
    const id = clock.newId();
    this.#sender.neverSent.add(id);
    // Carried out at once, mostly: then one commit says both.
    const isNext = this.#lanes.isOnline && !items.some(isWaiting);
    const state = isNext ? ('attempted' as const) : ('queued' as const);
    return { id, chat_id: chatId, queued_at_ms: clock.nowMs(), order: this.#records.nextOrder(), state };
  }

  /** With every message that has a seq named by it. */
  #aimed(chatId: string, change: Change): Change {
    if (change.kind === 'leave') return change;
    if (change.kind === 'delete')
      return { ...change, targets: change.targets.map((target) => this.#known(chatId, target)) };
    return { ...change, target: this.#known(chatId, change.target) };
  }

  #known(chatId: string, target: Target): Target {
    if ('seq' in target) return target;
    const item = this.#records.find(chatId, target.client_msg_id);
    if (item?.kind === 'send' && item.state !== 'answered') return target;
    const seq = item?.kind === 'send' ? item.seq : this.options.log.seqOf(chatId, target.client_msg_id);
    if (seq === undefined) throw refusal('NOT_FOUND');
    return { ...target, seq };
  }
}
