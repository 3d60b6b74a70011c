import type { NatsConnection } from '@nats-io/nats-core';
import { v7 as uuidV7 } from 'uuid';
import { buildChatDecision, type Role } from '#domain/chat/index.js';
import { assert } from '#domain/kernel/assert.js';
import { NatsEventStore } from '#streams/nats-event-store.js';
import { chatSubject, streamOf } from '#streams/subjects.js';
import { loadChat } from '../../apps/command-handler/chat/loaded-chat.js';

/** Writes it straight into the chat's log, whoever may or may not: so that there are admins. */
export async function giveRole(
  nc: NatsConnection,
  chatId: string,
  user_id: string,
  role: Role,
): Promise<void> {
  const store = new NatsEventStore(nc, { streamsPerFamily: 1 });
  const chat = await loadChat(store, { chatId, stream: streamOf('CHAT', chatId, 1) });
  assert(
    chat.state.status === 'active' && chat.state.members.has(user_id),
    'a member of a chat that is there',
  );
  const id = uuidV7();
  const { decision } = buildChatDecision({
    state: chat.state,
    pointers: chat.pointers,
    events: [{ type: 'RoleChanged', data: { user_id, role, member_count: chat.state.member_count } }],
    decision_id: id,
    nextId: () => uuidV7(),
    at_ms: Date.now(),
    meta: { actor: { user_id, device_id: null }, command_id: id, causation_id: id, correlation_id: id },
  });
  const result = await store.append(chatSubject(chatId), chat.head, [decision]);
  assert(result.kind === 'appended', `append: ${result.kind}`);
}
