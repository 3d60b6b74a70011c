import { LRUCache } from 'lru-cache';
import { watchCache } from '#observability/caches.js';
import { cacheRoom } from '#process/cache-room.js';
import { commandRangeOf } from '#streams/subjects.js';
import type { LoadedChat } from './loaded-chat.js';

const loaded_chats_max = 20_000;
const loaded_chats_bytes_max = 256 * 1024 * 1024;
const member_bytes = 256;
const chat_bytes = 1_024;

/** The chats served lately. A cache: losing one costs a load, an outdated one costs a conflict. */
export class LoadedChats {
  private readonly chats = new LRUCache<string, LoadedChat>({
    max: cacheRoom(loaded_chats_max),
    maxSize: cacheRoom(loaded_chats_bytes_max),
    sizeCalculation: bytesOf,
  });
  private readonly looked = watchCache('chats', this.chats);

  get(chatId: string): LoadedChat | undefined {
    const chat = this.chats.get(chatId);
    this.looked(chat !== undefined);
    return chat;
  }

  set(chat: LoadedChat): void {
    this.chats.set(chat.chatId, chat);
  }

  forget(chatId: string): void {
    this.chats.delete(chatId);
  }

  forgetRange(range: number): void {
    for (const chatId of this.chats.keys()) if (commandRangeOf(chatId) === range) this.chats.delete(chatId);
  }
}

/** About what a chat costs in memory: a run of long messages weighs more than a hundred quiet chats. */
function bytesOf({ state, run }: LoadedChat): number {
  const members = state.status === 'active' ? state.members.size * member_bytes : 0;
  return chat_bytes + members + run.bytes;
}
