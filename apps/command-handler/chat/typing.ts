/** Who is typing: told to the other members of a chat, at most once, and stored nowhere. */
import { LRUCache } from 'lru-cache';
import { cacheRoom } from '#process/cache-room.js';
import { refusalInChat } from '#domain/authority/authority.js';
import { isBlocked } from '#domain/chat/index.js';
import type { ActiveChat } from '#domain/chat/state.js';
import type { TypingAction } from '#protocol/methods/typing.js';

/** Shown for so long by whoever is told; who goes on says so again before (Telegram's clients: 5 of 6 s). */
const typing_expires_ms = 6_000;
/** The same of one person again is told after that at the earliest; clients say it every 3 s. */
const repeat_ms_min = 1_000;
/** Of all members of a chat together; what is beyond that is told to nobody. */
const tellings_per_chat_and_s_max = 20;
const remembered_max = 50_000;

export interface TypingNote {
  readonly chat_id: string;
  readonly user_id: string;
  readonly action: TypingAction;
  readonly expires_in_ms: number;
}

export type TellTyping = (userIds: readonly string[], note: TypingNote) => void;

/**
 * What it remembers bounds what is told, and may be lost: a chat is served by one handler at a time, so all that is told of it
 * passes here. In channels nobody is told: their members are too many to be shown.
 */
export class Typing {
  private readonly told: LRUCache<string, TypingAction>;
  private readonly repeats: LRUCache<string, true>;
  private readonly tellings: LRUCache<string, number>;

  constructor(
    private readonly tell: TellTyping,
    nowMs: () => number = () => performance.now(),
  ) {
    const kept = { max: cacheRoom(remembered_max), perf: { now: nowMs }, ttlResolution: 0 };
    this.told = new LRUCache({ ...kept, ttl: typing_expires_ms });
    this.repeats = new LRUCache({ ...kept, ttl: repeat_ms_min });
    this.tellings = new LRUCache({ ...kept, ttl: 1_000 });
  }

  /** Where one has blocked the other, and of who may not send, nobody is told, and who types does not see that. */
  set(chat: ActiveChat, user_id: string, action: TypingAction): void {
    const { chat_id, kind, members } = chat;
    const me = members.get(user_id) ?? null;
    if (isBlocked(chat) || refusalInChat('messages.send', chat, me) !== null) return;
    if (kind === 'channel' || !this.isNews(chat_id, user_id, action)) return;
    const others = [...members.keys()].filter((id) => id !== user_id);
    const expires_in_ms = action === 'none' ? 0 : typing_expires_ms;
    this.tell(others, { chat_id, user_id, action, expires_in_ms });
  }

  private isNews(chatId: string, userId: string, action: TypingAction): boolean {
    const key = `${chatId}:${userId}`;
    const before = this.told.get(key) ?? 'none';
    if (before === action && (action === 'none' || this.repeats.has(key))) return false;
    const tellings = this.tellings.get(chatId) ?? 0;
    if (tellings >= tellings_per_chat_and_s_max) return false;
    this.tellings.set(chatId, tellings + 1, { noUpdateTTL: true });
    this.told.set(key, action);
    this.repeats.set(key, true);
    return true;
  }
}
