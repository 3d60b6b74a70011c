import { LRUCache } from 'lru-cache';
import { cacheRoom } from '#process/cache-room.js';
import type { ChatCore } from '#domain/chat/index.js';
import { resolvePointer } from '#streams/event-store.js';
import type { ChatNow } from './drafts.js';
import type { Placed, SourceReads } from './source-reads.js';

const chats_followed_max = 50_000;
const heads_read_at_once_max = 64;

interface Followed {
  readonly membersAt: number;
  readonly chatPts: number;
}

/**
 * Where the CHAT streams have been read to, and each chat there: what receipts are applied to.
 *
 * A chat is known from the decisions that pass. One that has not passed yet is asked of its leader: the head then may be
 * ahead of the reading, and the receipt waits until the reading has come to it. So a receipt meets the members as they are
 * at the reading's position, never an older state: an entry about a chat can never follow its `chat.removed`.
 * That holds for every writer, because all of them began before any head was read.
 */
export class FollowedChats {
  private readonly chats = new LRUCache<string, Followed>({ max: cacheRoom(chats_followed_max) });
  private readonly waiting = new Map<string, { readonly after: number; readonly go: () => void }[]>();
  private readonly queue: (() => void)[] = [];
  private reading = 0;

  constructor(
    private readonly reads: SourceReads,
    /** CHAT stream → the last sequence that was handed to the writers. */
    private readonly readTo: Map<string, number>,
    private readonly signal: AbortSignal,
  ) {}

  /** A decision is handed to the writers in this very moment. */
  passed(stream: string, chatId: string, placed: Placed): void {
    this.chats.set(chatId, followedAt(placed));
    this.readTo.set(stream, placed.sequence);
    const waiting = this.waiting.get(stream) ?? [];
    const still = waiting.filter(({ after }) => after > placed.sequence);
    this.waiting.set(stream, still);
    for (const { after, go } of waiting) if (after <= placed.sequence) go();
  }

  /**
   * Resolves when the reading is past `after` and past the chat's head, and its members are at hand. False when there is
   * no such chat.
   */
  async ready(stream: string, chatId: string, after: number): Promise<boolean> {
    await this.past(stream, after);
    for (;;) {
      const known = this.chats.get(chatId);
      if (known === undefined) {
        if (!(await this.meet(stream, chatId))) return false;
      } else {
        if (this.reads.membersAtHand(stream, known.membersAt) !== undefined) return true;
        await this.reads.membersAt(stream, known.membersAt);
      }
    }
  }

  /** The chat at the reading's position; undefined when it is not at hand (any more): ask `ready` again. */
  now(stream: string, chatId: string): ChatNow | undefined {
    const known = this.chats.get(chatId);
    const members = known && this.reads.membersAtHand(stream, known.membersAt);
    return members && { members, chat_pts: known.chatPts };
  }

  /** False when there is no such chat. */
  private async meet(stream: string, chatId: string): Promise<boolean> {
    const head = await this.atMost(() => this.reads.chatHead(stream, chatId));
    if (head === null) return false;
    await this.past(stream, head.sequence);
    // Otherwise it passed in the meantime, and what passed is newer.
    if (!this.chats.has(chatId)) this.chats.set(chatId, followedAt(head));
    return true;
  }

  private past(stream: string, after: number): Promise<void> {
    if ((this.readTo.get(stream) ?? 0) >= after) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const stopped = () => reject(this.signal.reason as Error);
      if (this.signal.aborted) return stopped();
      this.signal.addEventListener('abort', stopped, { once: true });
      const go = () => {
        this.signal.removeEventListener('abort', stopped);
        resolve();
      };
      this.waiting.set(stream, [...(this.waiting.get(stream) ?? []), { after, go }]);
    });
  }

  private async atMost<T>(read: () => Promise<T>): Promise<T> {
    if (this.reading >= heads_read_at_once_max) await new Promise<void>((go) => this.queue.push(go));
    this.reading += 1;
    try {
      return await read();
    } finally {
      this.reading -= 1;
      this.queue.shift()?.();
    }
  }
}

function followedAt({ sequence, decision }: Placed): Followed {
  const chatPts = decision.events.at(-1)?.chat_pts ?? (decision.state as ChatCore).chat_pts;
  return { membersAt: resolvePointer(decision.header.members_at, sequence), chatPts };
}
