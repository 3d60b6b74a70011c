/** Chats, receipts and accounts written straight into the source streams by the real deciders: what a timeline reads. */
import { createHash, randomUUID } from 'node:crypto';
import type { NatsConnection } from '@nats-io/nats-core';
import { v7 as uuidV7 } from 'uuid';
import { accountDecider, buildAccountDecision, type AccountState } from '#domain/account/index.js';
import {
  buildChatDecision,
  chatDecider,
  resolvePointers,
  type ChatCommand,
  type Pointers,
  type ChatState,
} from '#domain/chat/index.js';
import { assert } from '#domain/kernel/assert.js';
import { canonicalJson } from '#domain/kernel/canonical-json.js';
import type { NewEvent } from '#domain/kernel/new-event.js';
import { buildReceiptDecision, type Cursor, type ReceiptEvent } from '#domain/receipt/index.js';
import { NatsEventStore } from '#streams/nats-event-store.js';
import { accountSubject, chatSubject, receiptSubject } from '#streams/subjects.js';
import { announceChannel } from '../../apps/timeline/announce-channel.js';
import { SourceMessage } from '../../apps/timeline/source-message.js';

type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never;
type Asked = Without<ChatCommand, 'actor' | 'at_ms' | 'service_msg_id'>;

interface KnownChat {
  state: ChatState;
  pointers: Pointers | null;
  head: number;
}

const device_id = '01900000-0000-7000-8000-00000000d0d0';
const meta = (user_id: string) => {
  const id = uuidV7();
  return { actor: { user_id, device_id }, command_id: id, causation_id: id, correlation_id: id };
};

export class ChatWorld {
  private readonly store: NatsEventStore;
  private readonly chats = new Map<string, KnownChat>();

  constructor(
    private readonly nc: NatsConnection,
    streamsPerFamily: number,
  ) {
    this.store = new NatsEventStore(nc, { streamsPerFamily });
  }

  group(creator: string, others: readonly string[]): Promise<string> {
    return this.create('group', creator, others);
  }

  async create(kind: 'group' | 'channel', creator: string, others: readonly string[]): Promise<string> {
    const chat_id = randomUUID();
    this.chats.set(chat_id, { state: { status: 'none' }, pointers: null, head: 0 });
    await this.command(chat_id, creator, {
      type: 'CreateChat',
      kind,
      chat_id,
      member_ids: others,
      title: 'All',
    });
    return chat_id;
  }

  /** As the timeline tells whoever follows the channel of its last decision. */
  async announceHead(chatId: string): Promise<void> {
    const { head } = (await this.store.load(chatSubject(chatId), { fresh: true }))!;
    announceChannel(this.nc, chatId, new SourceMessage(head.stream, head.sequence, head.decision));
  }

  /** Where the chat stands in its stream. */
  headOf(chatId: string): number {
    return this.chats.get(chatId)!.head;
  }

  lastSeq(chatId: string): number {
    const { state } = this.chats.get(chatId)!;
    return state.status === 'active' ? state.last_seq : 0;
  }

  members(chatId: string): string[] {
    const { state } = this.chats.get(chatId)!;
    return state.status === 'active' ? [...state.members.keys()] : [];
  }

  /** `count` messages of one sender, as one batch. */
  async send(chatId: string, sender: string, count = 1): Promise<void> {
    const texts = Array.from({ length: count }, () => `text ${uuidV7()}`);
    await this.write(chatId, sender, ...texts);
  }

  async write(chatId: string, sender: string, ...texts: readonly string[]): Promise<void> {
    const asked = texts.map((text) => {
      const content = { type: 'text' as const, text };
      const salt = 'c2FsdA';
      const commitment = createHash('sha256').update(salt).update(canonicalJson(content)).digest('base64url');
      return { type: 'SendMessage' as const, client_msg_id: uuidV7(), body: { content, salt, commitment } };
    });
    await this.command(chatId, sender, ...asked);
  }

  /** Several are one batch. One caller at a time for a chat. */
  async command(chatId: string, userId: string, ...asked: readonly Asked[]): Promise<void> {
    const chat = this.chats.get(chatId)!;
    const at_ms = Date.now();
    const decisions = [];
    let { state, pointers } = chat;
    for (const one of asked) {
      const actor = { user_id: userId, device_id };
      const command = { ...one, actor, at_ms, service_msg_id: uuidV7() } as ChatCommand;
      const verdict = chatDecider.decide(state, command);
      assert(verdict.kind === 'accept', `${one.type}: ${JSON.stringify(verdict)}`);
      const ids = { decision_id: uuidV7(), nextId: () => uuidV7() };
      const built = buildChatDecision({
        state,
        pointers,
        events: verdict.events,
        ...ids,
        at_ms,
        meta: meta(userId),
      });
      decisions.push(built.decision);
      ({ state, pointers } = built);
    }
    const result = await this.store.append(chatSubject(chatId), chat.head, decisions);
    assert(result.kind === 'appended', `append: ${result.kind}`);
    chat.state = state;
    chat.pointers = pointers && resolvePointers(pointers, result.firstSequence);
    chat.head = result.firstSequence + decisions.length - 1;
  }

  read(userId: string, cursors: readonly Cursor[]): Promise<number> {
    return this.receipt(userId, { type: 'ReadCursorMoved', data: { user_id: userId, cursors } });
  }

  delivered(userId: string, cursors: readonly Cursor[]): Promise<number> {
    return this.receipt(userId, { type: 'DeliveredCursorMoved', data: { user_id: userId, cursors } });
  }

  async device(userId: string): Promise<void> {
    const state: AccountState = { status: 'none' };
    const at_ms = Date.now();
    const actor = { user_id: userId, device_id: null };
    const decided = accountDecider.decide(state, {
      type: 'Register',
      user_id: userId,
      display_name: 'A',
      phone_hash: '0'.repeat(64),
      actor,
      at_ms,
    });
    assert(decided.kind === 'accept', 'registering is accepted');
    const device = { device_id: randomUUID(), name: 'phone', type: 'mobile' as const, added_at_ms: at_ms };
    const events = [...decided.events, { type: 'DeviceAdded' as const, data: { user_id: userId, device } }];
    const ids = { decision_id: uuidV7(), nextId: () => uuidV7() };
    const { decision } = buildAccountDecision({ state, events, ...ids, at_ms, meta: meta(userId) });
    const result = await this.store.append(accountSubject(userId), 0, [decision]);
    assert(result.kind === 'appended', `append: ${result.kind}`);
  }

  private async receipt(userId: string, event: NewEvent<ReceiptEvent>): Promise<number> {
    const ids = { decision_id: uuidV7(), nextId: () => uuidV7() };
    const decision = buildReceiptDecision({
      events: [event],
      ...ids,
      meta: { occurred_at_ms: Date.now(), ...meta(userId) },
    });
    const result = await this.store.appendUnguarded(receiptSubject(userId), decision);
    assert(result.kind === 'appended', `append: ${result.kind}`);
    return result.firstSequence;
  }
}
