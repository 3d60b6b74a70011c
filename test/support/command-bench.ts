/** A chat service on a given event store, and short ways to say what is asked of it. */
import { createHash, createSecretKey, randomUUID } from 'node:crypto';
import { v7 as uuidV7 } from 'uuid';
import type { TellSignal } from '../../apps/command-handler/chat/call-signals.js';
import { ChatService } from '../../apps/command-handler/chat/chat-service.js';
import type { TellTyping } from '../../apps/command-handler/chat/typing.js';
import { neverBack } from '../../apps/command-handler/clock.js';
import type { ReadModels } from '../../apps/command-handler/read-models.js';
import { directChatId, requestedChatId } from '#domain/kernel/ids.js';
import type { EventStore } from '#streams/event-store.js';
import type { Identity, Reply } from '#streams/requests.js';

export const streamsPerFamily = 1;
export const secrets = { requestHash: createSecretKey(new Uint8Array(32).fill(7)) };
const sha256 = (...parts: readonly (string | Uint8Array)[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

export const person = (): Identity => ({ user_id: randomUUID(), device_id: randomUUID() });
export const otherDevice = ({ user_id }: Identity): Identity => ({ user_id, device_id: randomUUID() });
/** A UUIDv7 that was made so long ago (or, negative, ahead of time). */
export const keyMadeAgo = (ms: number): string => uuidV7({ msecs: Date.now() - ms });

export function chatServiceOn(
  store: EventStore,
  models: ReadModels,
  nowMs = () => Date.now(),
  tellTyping: TellTyping = () => undefined,
  tellSignal: TellSignal = () => undefined,
): ChatService {
  return new ChatService({
    store,
    models,
    secrets,
    streamsPerFamily,
    clock: { nowMs, keysNowMs: neverBack(nowMs), nextId: () => uuidV7() },
    tellTyping,
    tellSignal,
  });
}

/** What one person asks of one chat, command by command. */
export class Asking {
  constructor(
    readonly service: Pick<ChatService, 'handle'>,
    readonly identity: Identity,
    readonly chatId: string,
  ) {}

  async all(
    ...commands: (readonly [method: string, params: Record<string, unknown>])[]
  ): Promise<readonly Reply[]> {
    const { replies } = await this.service.handle({
      identity: this.identity,
      aggregate_id: this.chatId,
      commands: commands.map(([method, params]) => ({ command_id: uuidV7(), method, params })),
    });
    return replies;
  }

  async ask(method: string, params: Record<string, unknown> = {}): Promise<Reply> {
    return (await this.all([method, { chat_id: this.chatId, ...params }]))[0]!;
  }

  send(text: string, client_msg_id: string = uuidV7()): Promise<Reply> {
    return this.ask('messages.send', { client_msg_id, content: { type: 'text', text } });
  }
}

export const as = (asking: Asking, identity: Identity, service = asking.service): Asking =>
  new Asking(service, identity, asking.chatId);

/** Creates a group of `owner` and the others; answers what the owner may ask of it from now on. */
export async function newGroup(
  service: Pick<ChatService, 'handle'>,
  owner: Identity,
  others: readonly Identity[],
): Promise<Asking> {
  const client_request_id = uuidV7();
  const chat = new Asking(service, owner, requestedChatId(sha256, owner.user_id, client_request_id));
  const member_ids = others.map(({ user_id }) => user_id);
  const [reply] = await chat.all([
    'chats.create',
    { kind: 'group', member_ids, title: 'g', client_request_id },
  ]);
  resultOf(reply!);
  return chat;
}

export const directChatOf = (service: Pick<ChatService, 'handle'>, one: Identity, other: Identity): Asking =>
  new Asking(service, one, directChatId(sha256, one.user_id, other.user_id));

export function resultOf(reply: Reply): Record<string, unknown> {
  if ('error' in reply) throw new Error(`refused: ${JSON.stringify(reply.error)}`);
  return reply.result;
}

export const codeOf = (reply: Reply): string | undefined => ('error' in reply ? reply.error.code : undefined);
