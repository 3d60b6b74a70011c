/** A handler of chats and accounts on a given event store, as one process has both. */
import { v7 as uuidV7 } from 'uuid';
import type { EventStore } from '#streams/event-store.js';
import type { Identity, Reply } from '#streams/requests.js';
import { AccountService } from '../../apps/command-handler/account/account-service.js';
import type { ChatService } from '../../apps/command-handler/chat/chat-service.js';
import { MembersExist } from '../../apps/command-handler/members-exist.js';
import { Receipts } from '../../apps/command-handler/receipts.js';
import { chatServiceOn, streamsPerFamily } from './command-bench.js';
import { FoldedReadModels } from './folded-read-models.js';

const clock = { nowMs: Date.now, keysNowMs: Date.now, nextId: () => uuidV7() };
/** One handler on the store; `dying`: what it does not live to do. */
export function handlerOn(store: EventStore, dying: Partial<Pick<ChatService, 'bringBlock'>> = {}) {
  const models = new FoldedReadModels(store);
  const told: unknown[] = [];
  const service = chatServiceOn(store, models, Date.now, (_userIds, note) => told.push(note));
  const accounts = new AccountService({
    store,
    clock,
    streamsPerFamily,
    receipts: new Receipts(store, clock, streamsPerFamily),
    membersExist: new MembersExist(models, store),
    models,
    qr: { accept: () => Promise.reject(new Error('no device is let in here')) },
    tellRevoked: () => undefined,
    tellSight: () => undefined,
    chats: {
      bringBlock: (...args) => service.bringBlock(...args),
      membership: (...args) => service.membership(...args),
      ...dying,
    },
  });
  const ask = async (identity: Identity, method: string, params: Record<string, unknown>): Promise<Reply> => {
    const commands = [{ command_id: uuidV7(), method, params }];
    return (await accounts.handle({ identity, aggregate_id: identity.user_id, commands })).replies[0]!;
  };
  return { service, ask, told };
}
