import { asOdnixError, OdnixError } from './odnix-error.js';
import { isWaiting, requestOf, type OutboxItem, type OutboxRequest, type Target } from './outbox-item.js';
import { failed, retargeted, type ItemChanges } from './outbox-plan.js';
import type { OutboxRecords } from './outbox-records.js';
import type { OutboxWaiters } from './outbox-waiters.js';
import type { ServerClock } from './server-clock.js';

export interface OutboxSenderOptions {
  readonly records: OutboxRecords;
  readonly waiters: OutboxWaiters;
  readonly clock: ServerClock;
  readonly request: (request: OutboxRequest) => Promise<object>;
  /** Whether the log shows what this item did. */
  readonly isInLog: (item: OutboxItem) => boolean;
  /** Refused for good. A message stays, as `failed`; any other change is taken back. */
  readonly onRefused: (item: OutboxItem, error: OdnixError) => void;
}

/** They say something of the session and nothing of the item: another session will carry it out. */
const session_codes: readonly string[] = ['UNAUTHENTICATED', 'SESSION_REQUIRED', 'DEVICE_REVOKED', 'CLOSED'];

/** One item to the server: marked as attempted before, as answered or refused after. */
export class OutboxSender {
  /** Ids under which nothing was sent yet, in this run or an earlier one. */
  readonly neverSent = new Set<string>();

  constructor(private readonly options: OutboxSenderOptions) {}

  /** Resolves to the error after which to try again, or null. */
  async carryOut(chatId: string, id: string): Promise<OdnixError | null> {
    let isFirstTry = false;
    try {
      const item = await this.#attempt(chatId, id);
      if (!item) return null;
      isFirstTry = this.neverSent.delete(id);
      await this.#answered(item, await this.options.request(requestOf(item)));
      return null;
    } catch (cause) {
      const error = asOdnixError(cause);
      // The log has confirmed it while its answer was lost.
      const item = this.options.records.find(chatId, id);
      if (!item || !isWaiting(item)) return null;
      if (error.code === 'CLOCK_AHEAD' && isFirstTry) return this.#renumber(chatId, id, error);
      if (error.retryable || error.code === 'CLOCK_AHEAD' || session_codes.includes(error.code)) return error;
      return this.#refused(chatId, id, error);
    }
  }

  /** As it is now: it may have been changed in place, or be gone, since it was chosen. */
  async #attempt(chatId: string, id: string): Promise<OutboxItem | undefined> {
    const { records } = this.options;
    if (records.find(chatId, id)?.state !== 'attempted')
      await records.change(chatId, 'must', () => {
        const item = records.find(chatId, id);
        return item?.state === 'queued' ? new Map([[id, { ...item, state: 'attempted' }]]) : none;
      });
    const item = records.find(chatId, id);
    return item?.state === 'attempted' ? item : undefined;
  }

  async #answered({ chat_id, id }: OutboxItem, answer: object): Promise<void> {
    const { records, waiters, isInLog } = this.options;
    let answered: OutboxItem | undefined;
    await records.change(chat_id, 'with_log', (items) => {
      const item = records.find(chat_id, id);
      // The log was faster.
      if (!item || !isWaiting(item)) return none;
      const now = withAnswer(item, answer);
      answered = now;
      const changes = new Map(now.kind === 'send' ? followers(items, now) : []);
      // What aims at its seq is stored with it: a restart may find a log that does not show it yet.
      const isNeeded = changes.size > 0 || !isInLog(now);
      return changes.set(id, isNeeded ? now : null);
    });
    if (answered) waiters.resolve(answered);
  }

  async #refused(chatId: string, id: string, error: OdnixError): Promise<null> {
    const { records, waiters, onRefused } = this.options;
    let item: OutboxItem | undefined;
    const changes = await records.change(chatId, 'should', (items) => {
      item = records.find(chatId, id);
      if (!item) return none;
      return item.kind === 'send' ? failed(items, item, error.code) : new Map([[id, null]]);
    });
    if (!item) return null;
    for (const [each, left] of changes) if (left === null || each === id) waiters.reject(each, error);
    onRefused(item, error);
    return null;
  }

  /** Nothing was ever stored under an id that the server refused at its first use: another one is no second effect. */
  async #renumber(chatId: string, id: string, error: OdnixError): Promise<OdnixError | null> {
    const { records, waiters, clock } = this.options;
    const serverTimeMs = error.details['server_time_ms'];
    if (typeof serverTimeMs === 'number') clock.observe(serverTimeMs);
    const newId = clock.newId();
    try {
      await records.change(chatId, 'must', (items) => {
        const item = records.find(chatId, id);
        if (!item) return none;
        const renumbered = { ...item, id: newId, state: 'queued' } as const;
        const changes = new Map(retargeted(items, { client_msg_id: id }, { client_msg_id: newId }));
        return changes.set(id, null).set(newId, renumbered);
      });
    } catch {
      return error;
    }
    this.neverSent.add(newId);
    waiters.rename(id, newId);
    return null;
  }
}

const none: ItemChanges = new Map();

/** What aims at the message under its id aims at its seq from now on. */
const followers = (items: readonly OutboxItem[], { id, seq }: { id: string; seq?: number }): ItemChanges =>
  retargeted(items, { client_msg_id: id }, { seq: seq ?? 0 } satisfies Target);

function withAnswer(item: OutboxItem, answer: object): OutboxItem {
  const { seq, edited_at_ms } = answer as { readonly seq?: number; readonly edited_at_ms?: number };
  if (item.kind === 'send') return { ...item, state: 'answered', ...(seq === undefined ? {} : { seq }) };
  if (item.kind !== 'edit') return { ...item, state: 'answered' };
  return { ...item, state: 'answered', ...(edited_at_ms === undefined ? {} : { edited_at_ms }) };
}
