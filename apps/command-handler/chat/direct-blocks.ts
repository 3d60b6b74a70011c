import { LRUCache } from 'lru-cache';
import { cacheRoom } from '#process/cache-room.js';
import { v7 as uuidV7 } from 'uuid';
import { restoreAccount, type AccountDecision } from '#domain/account/index.js';
import { isBlocked } from '#domain/chat/index.js';
import { StoreUnavailable, type EventStore } from '#streams/event-store.js';
import { accountSubject } from '#streams/subjects.js';
import { DirectSetBlockedParams } from '#protocol/internal-requests.js';
import type { LoadedChat } from './loaded-chat.js';
import { chatMethods } from './methods.js';
import type { PendingCommand } from './pending-command.js';

/** A chat in use is compared so often; within it a block that was never acknowledged has not reached the chat yet. */
const compared_ms_max = 30_000;
const compared_chats_max = 100_000;
/** One a member: a batch leaves room for them. */
export const brought_decisions_max = 2;

type Told = Pick<DirectSetBlockedParams, 'blocked' | 'change'>;

/**
 * Brings blocks to direct chats that they have not reached: a handler that is killed between the account's event and the
 * chat's leaves such a one, and so does a block that meets the making of the chat. Whoever serves the chat next compares it
 * with the accounts of the two, before anything else is decided there. An acknowledged block never depends on this.
 */
export class DirectBlocks {
  private readonly compared = new LRUCache<string, true>({
    max: cacheRoom(compared_chats_max),
    ttl: compared_ms_max,
  });

  constructor(private readonly store: EventStore) {}

  /** What is to be decided first. Where an account cannot be read just now, nothing: the chat goes on without it. */
  async missing(chat: LoadedChat): Promise<readonly PendingCommand[]> {
    const { state, chatId } = chat;
    if (state.status === 'none' || state.kind !== 'direct' || this.compared.has(chatId)) return [];
    try {
      const [one, other] = [...state.members.keys()] as [string, string];
      const told = await Promise.all([this.told(one, other), this.told(other, one)]);
      this.compared.set(chatId, true);
      return [one, other].flatMap((by, index) => {
        const known = state.blocks?.find((block) => block.by === by)?.blocked ?? false;
        return told[index]!.blocked === known ? [] : [bringing(chatId, by, told[index]!)];
      });
    } catch (error) {
      if (error instanceof StoreUnavailable) return [];
      throw error;
    }
  }

  /** Whether either of the two has blocked the other, for the making of their chat. */
  async standBetween(one: string, other: string): Promise<boolean> {
    const told = await Promise.all([this.told(one, other), this.told(other, one)]);
    return isBlocked({ blocks: told.map((by) => ({ by: '', ...by })) });
  }

  private async told(by: string, other: string): Promise<Told> {
    const loaded = await this.store.load(accountSubject(by), { fresh: true });
    const account = restoreAccount((loaded?.head.decision ?? null) as AccountDecision | null);
    if (account.status === 'none') return { blocked: false, change: 0 };
    return { blocked: account.blocks.user_ids.includes(other), change: account.blocks.changes };
  }
}

/** The server's own doing: nobody waits for its answer. */
function bringing(chatId: string, by: string, told: Told): PendingCommand {
  const params = Object.assign(new DirectSetBlockedParams(), {
    chat_id: chatId,
    ...told,
    is_told_again: true,
  });
  return {
    chatId,
    method: 'direct.setBlocked',
    definition: chatMethods['direct.setBlocked']!,
    params,
    identity: { user_id: by, device_id: '' },
    isSystem: true,
    commandId: uuidV7(),
    decisionId: uuidV7(),
    body: null,
    lookups: {},
    answer: () => undefined,
  };
}
