/** Has messages go, and calls end, whose time is over: looked for in the read model, decided in their chats (docs/adr/0040, 0045). */
import { setTimeout as pause } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { counter, gauge } from '#observability/metrics.js';
import { cacheRoom } from '#process/cache-room.js';
import type { DueMessage } from '#projections/chats/due-query.js';
import { Refusal } from '#protocol/refusal.js';
import type { Reply } from '#streams/requests.js';
import { logFailure } from '../failures.js';
import type { ReadModels } from '../read-models.js';

const look_every_ms = 1_000;
/** Their chats are told at once, each by one command. */
const page_messages_max = 100;
const page_calls_max = 1_000;
/** The read model shows a message as it was for as long as its projector needs. */
const expired_ms = 60_000;
const again_ms = 5_000;
const remembered_max = 100_000;

const looks = {
  done: counter('odnix.expiry.looks', { outcome: 'done' }),
  failed: counter('odnix.expiry.looks', { outcome: 'failed' }),
};
const messages = {
  gone: counter('odnix.expiry.messages', { outcome: 'gone' }),
  refused: counter('odnix.expiry.messages', { outcome: 'refused' }),
};
const backlog = gauge('odnix.expiry.backlog', {});

export interface ExpiryOptions {
  readonly models: Pick<ReadModels, 'dueMessages' | 'dueCalls'>;
  /** Harmless to repeat; what is not due or gone already is left. */
  readonly expire: (chatId: string, seqs: readonly number[]) => Promise<Reply>;
  /** As harmless. */
  readonly expireCall: (chatId: string, callId: string) => Promise<Reply>;
  /** The others are some other handler's. */
  readonly isServed: (chatId: string) => boolean;
  readonly nowMs?: () => number;
}

export interface Expiry {
  /** Ends what it is at. */
  stop(): Promise<void>;
}

/**
 * Every second, for the chats served here. What is due stands in the read model until its deletion is folded, so nothing is lost by
 * whoever dies at it, at whatever moment, and what became due while nobody ran goes when somebody does. Two that do the same do it
 * once: the chat decides. While Postgres does not answer nothing goes, and nobody is shown it.
 */
export function startExpiry(options: ExpiryOptions): Expiry {
  const stopping = new AbortController();
  const ended = run(options, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}

async function run(options: ExpiryOptions, signal: AbortSignal): Promise<void> {
  const tried = new LRUCache<string, true>({ max: cacheRoom(remembered_max) });
  while (!signal.aborted) {
    try {
      await endCalls(options, tried);
      await passOver(options, tried, signal);
      looks.done.add();
    } catch (error) {
      looks.failed.add();
      // That Postgres is away is told by whoever asks it.
      if (!(error instanceof Refusal)) logFailure(error);
    }
    await pause(look_every_ms, undefined, { signal }).catch(() => undefined);
  }
}

/** Those that are due longest; the rest when they are gone, in a second. */
async function endCalls(
  { models, expireCall, isServed, nowMs = Date.now }: ExpiryOptions,
  tried: LRUCache<string, true>,
): Promise<void> {
  const due = await models.dueCalls(nowMs(), page_calls_max);
  const open = due.filter(({ chat_id, call_id }) => isServed(chat_id) && !tried.has(call_id));
  const ended = open.map(async ({ chat_id, call_id }) => {
    const reply = await expireCall(chat_id, call_id);
    tried.set(call_id, true, { ttl: 'error' in reply ? again_ms : expired_ms });
  });
  await Promise.all(ended);
}

async function passOver(
  { models, expire, isServed, nowMs = Date.now }: ExpiryOptions,
  tried: LRUCache<string, true>,
  signal: AbortSignal,
): Promise<void> {
  const now = nowMs();
  let found = 0;
  for (let after: DueMessage | undefined; !signal.aborted;) {
    const page = await models.dueMessages({ nowMs: now, after, limit: page_messages_max });
    const open = page.filter((one) => isServed(one.chat_id) && !tried.has(keyOf(one)));
    found += open.length;
    const byChat = Map.groupBy(open, ({ chat_id }) => chat_id);
    const expired = [...byChat].map(async ([chatId, due]) => {
      const reply = await expire(
        chatId,
        due.map(({ seq }) => seq),
      );
      messages['error' in reply ? 'refused' : 'gone'].add(due.length);
      for (const one of due) tried.set(keyOf(one), true, { ttl: 'error' in reply ? again_ms : expired_ms });
    });
    await Promise.all(expired);
    if (page.length < page_messages_max) return backlog.set(found);
    after = page.at(-1);
  }
}

const keyOf = ({ chat_id, seq }: DueMessage): string => `${chat_id}:${seq}`;
