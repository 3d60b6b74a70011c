import { expect, it } from 'vitest';
import { buildChatDecision, chatDecider, type ChatCommand } from '#domain/chat/index.js';
import { batch_messages_max } from '#streams/atomic-batch.js';
import { chatDrafts } from './drafts.js';
import { SourceMessage } from './source-message.js';
import { whole_message } from './source-place.js';
import { splitWork } from './work.js';

// Seen failing with `added_members_max` above what one batch takes: an event with so many entries cannot be written.
it('however many a request adds, every event of it fits one batch of one users’ stream', () => {
  const asked: ChatCommand = {
    type: 'CreateChat',
    kind: 'channel',
    chat_id: 'news',
    member_ids: Array.from({ length: 1_000 }, (_, index) => `user-${index}`),
    title: 'News',
    service_msg_id: 'service-0',
    actor: { user_id: 'anna', device_id: 'phone' },
    at_ms: 1_000,
  };
  const state = chatDecider.initialState;
  const verdict = chatDecider.decide(state, asked);
  if (verdict.kind !== 'accept') throw new Error(verdict.kind);
  const { decision } = buildChatDecision({
    state,
    pointers: null,
    events: verdict.events,
    decision_id: 'd',
    nextId: () => 'e',
    at_ms: 1_000,
    meta: {
      actor: { user_id: 'anna', device_id: 'phone' },
      command_id: 'c',
      causation_id: 'c',
      correlation_id: 'c',
    },
  });
  const members = new Map(decision.members!.map((member) => [member.user_id, member]));
  const drafts = chatDrafts(decision, members, 'news');
  expect(drafts.map(({ kind }) => kind)).toEqual([...Array<string>(1_001).fill('chat.new'), 'read.inbox']);
  const source = new SourceMessage('CHAT_0', 1, decision);
  const work = { source, drafts, upTo: { sequence: 1, index: whole_message } };
  const parts = splitWork(work, batch_messages_max - 1);
  expect(parts.flatMap((part) => part.drafts)).toEqual(drafts);
  expect(Math.max(...parts.map((part) => part.drafts.length))).toBeLessThan(batch_messages_max);
});
