import type { ChatView, MessageView, Update } from '#domain/user-log/update.js';
import { MemoryStore, type LocalStore } from '../local-store.js';
import { OdnixError } from '../odnix-error.js';
import type { OutboxItem, OutboxRequest, Target } from '../outbox-item.js';
import { Outbox } from '../outbox.js';
import { ServerClock } from '../server-clock.js';
import { shownMessages } from '../shown-message.js';
import { settled, VirtualEnvironment } from './virtual-environment.js';

export const text = (words: string) => ({ type: 'text', text: words }) as const;

type FailureCode = 'BUSY' | 'CONNECTION_LOST' | 'NOT_A_MEMBER' | 'CLOCK_AHEAD' | 'UNAUTHENTICATED';
const retryable: readonly FailureCode[] = ['BUSY', 'CONNECTION_LOST'];

/** A request of the outbox, to be answered by the spec. */
export interface Asked {
  readonly request: OutboxRequest;
  /** `messages.send a`, `messages.edit 3 b`, `messages.react 3 👍`, `messages.delete 3,4`. */
  readonly line: string;
  answer(result?: object): Promise<void>;
  fail(code: FailureCode): Promise<void>;
}

/** An outbox whose server and log are the spec. What it was asked stands in `asked`. */
export async function outboxWorld(store: LocalStore = new MemoryStore(), log = new FoldedLog(), seed = 1) {
  const environment = new VirtualEnvironment(seed);
  const clock = new ServerClock(environment);
  const asked: Asked[] = [];
  const refused: string[] = [];
  const removed = new Set<string>();
  const request = (request: OutboxRequest) =>
    new Promise<object>((resolve, reject) =>
      asked.push({
        request,
        line: lineOf(request),
        answer: (result = {}) => (resolve(result), settled()),
        fail: (code) => {
          const details = { server_time_ms: 1_600_000_000_000 };
          reject(new OdnixError(code, code, { retryable: retryable.includes(code), details }));
          return settled();
        },
      }),
    );
  const outbox = new Outbox({
    environment,
    clock,
    store,
    userId: 'me',
    log,
    request,
    removeWithLog: (key) => removed.add(key),
    onChanged: () => undefined,
    onRefused: (item, { code }) => refused.push(`${item.kind} ${wordsOf(item)} ${code}`),
    onError: (error) => refused.push(String(error)),
  });
  outbox.restore(await store.load());
  /** What the synchronizer does: the log's changes, and with them what the outbox need not keep. */
  const storeLog = async (): Promise<void> => {
    await outbox.settled();
    await store.commit(new Map([...removed].map((key) => [key, null])));
    removed.clear();
  };
  const logMoved = async (update: Update): Promise<void> => {
    log.apply(update);
    outbox.logMoved(update);
    await settled();
  };
  const shown = (): string[] =>
    shownMessages(log.messages(), outbox.items('chat'), log.chat('chat'), 'me').map(line);
  return { environment, clock, store, log, outbox, asked, refused, storeLog, logMoved, shown };
}

const wordsOf = (item: OutboxItem): string =>
  'content' in item && item.content.type === 'text' ? item.content.text : '';

function lineOf({ method, params }: OutboxRequest): string {
  const parts = { ...params } as {
    seq?: number;
    seqs?: number[];
    emoji?: string | null;
    content?: { text?: string };
  };
  const words = [parts.seq, parts.seqs?.join(','), parts.content?.text, parts.emoji];
  return [method, ...words.filter((word) => word !== undefined)].join(' ');
}

function line({
  seq,
  content,
  is_deleted,
  is_changing,
  tick,
  reactions,
}: ReturnType<typeof shownMessages>[0]): string {
  const words = is_deleted ? '(deleted)' : content?.type === 'text' ? content.text : '';
  const counts = reactions.map(({ emoji, count, mine }) => `${emoji}${count}${mine ? '!' : ''}`);
  return [seq ?? '-', words, ...counts, tick, ...(is_changing ? ['*'] : [])].join(' ');
}

/** One chat's messages, as the log has brought them. */
export class FoldedLog {
  readonly #messages = new Map<number, MessageView>();
  #isMember = true;

  chat(chatId: string): ChatView | undefined {
    if (!this.#isMember) return undefined;
    const last_seq = Math.max(0, ...this.#messages.keys());
    const cursors = { delivered_outbox_seq: 0, read_outbox_seq: 0, read_seq: 0, unread_count: 0 };
    return { chat_id: chatId, last_seq, ...cursors } as ChatView;
  }

  message(_chatId: string, seq: number): MessageView | undefined {
    return this.#messages.get(seq);
  }

  seqOf(_chatId: string, clientMsgId: string): number | undefined {
    return this.messages().find(({ client_msg_id }) => client_msg_id === clientMsgId)?.seq;
  }

  messages(): MessageView[] {
    return [...this.#messages.values()];
  }

  apply(update: Update): void {
    if (update.type === 'chat.removed') this.#isMember = false;
    if (update.type === 'message.new' || update.type === 'message.edited')
      this.#messages.set(update.seq, update.message);
    if (update.type === 'message.reaction') {
      const mine = update.emoji === null ? [] : [{ emoji: update.emoji, count: 1, mine: true }];
      this.#messages.set(update.seq, { ...this.#messages.get(update.seq)!, reactions: mine });
    }
    if (update.type === 'message.deleted') {
      const { content: _content, ...rest } = this.#messages.get(update.seq)!;
      this.#messages.set(update.seq, { ...rest, deleted: true });
    }
  }
}

/** Updates of the one chat, as the server's log has them. */
export function messageNew(seq: number, client_msg_id: string, words: string): Update {
  const from = { sender_id: 'me', sender_device_id: 'd', date_ms: seq };
  const message = {
    chat_id: 'chat',
    seq,
    chat_pts: seq,
    client_msg_id,
    ...from,
    content: text(words),
    reactions: [],
  };
  return { type: 'message.new', chat_id: 'chat', chat_pts: seq, seq, message };
}

export function messageEdited(seq: number, words: string, edited_at_ms: number): Update {
  const { message } = messageNew(seq, `id ${seq}`, words) as Extract<
    Update,
    { type: 'message.new' | 'message.edited' }
  >;
  return {
    type: 'message.edited',
    chat_id: 'chat',
    chat_pts: seq,
    seq,
    message: { ...message, edited_at_ms },
  };
}

export function reactionSet(seq: number, emoji: string | null): Update {
  return {
    type: 'message.reaction',
    chat_id: 'chat',
    chat_pts: seq,
    seq,
    user_id: 'me',
    emoji,
    reactions: [],
  };
}

export const edit = (target: Target, words: string) =>
  ({ kind: 'edit', target, content: text(words) }) as const;
export const react = (target: Target, emoji: string | null) => ({ kind: 'react', target, emoji }) as const;
export const remove = (...targets: readonly Target[]) => ({ kind: 'delete', targets }) as const;

/** Online, with messages 1 to `count` in the log. */
export async function chatOf(count: number) {
  const world = await outboxWorld();
  for (let seq = 1; seq <= count; seq++) await world.logMoved(messageNew(seq, `id ${seq}`, `text ${seq}`));
  world.outbox.online();
  return world;
}
export const linesOf = (asked: readonly { readonly line: string }[]): string[] =>
  asked.map(({ line }) => line);
