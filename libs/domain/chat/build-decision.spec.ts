import { describe, expect, it } from 'vitest';
import {
  created,
  group,
  identity,
  memberOf,
  bodyOf,
  now_ms,
  sent,
  type ChatNews,
} from '../../../test/support/example-chat.js';
import { buildChatDecision, type ChatDecisionParts } from './build-decision.js';
import { chatDecider } from './decider.js';
import { pointersOfHead, resolvePointers } from '../kernel/pointers.js';
import { restoreChat } from './restore.js';

const actor = { user_id: 'anna', device_id: 'phone' };
const parts = (more: Partial<ChatDecisionParts>): ChatDecisionParts => ({
  state: chatDecider.initialState,
  pointers: null,
  events: group(memberOf('anna', 'owner'), memberOf('ben')),
  decision_id: 'decision',
  nextId: () => 'event',
  at_ms: now_ms,
  meta: { actor, command_id: 'command', causation_id: 'command', correlation_id: 'command' },
  ...more,
});
const first = buildChatDecision(parts({}));
const next = (events: readonly ChatNews[], before = first) =>
  buildChatDecision(parts({ state: before.state, pointers: before.pointers, events }));

describe('a stored decision', () => {
  it('numbers its events on from the chat’s, and is dated not before it', () => {
    const { decision } = buildChatDecision(
      parts({
        state: first.state,
        pointers: first.pointers,
        events: [sent(2, 'ben'), sent(3, 'ben')],
        at_ms: 1,
      }),
    );
    expect(decision.events.map(({ chat_pts, version }) => [chat_pts, version])).toStrictEqual([
      [3, 1],
      [4, 1],
    ]);
    expect(decision.meta.occurred_at_ms).toBe(now_ms);
  });

  it('carries everything when it is the first, then points, then carries the state again as the 32nd', () => {
    expect(first.decision).toMatchObject({ header: { state_at: 0, since: [], members_at: 0 } });
    expect(first.decision.members).toHaveLength(2);
    let head = { ...first, pointers: resolvePointers(first.pointers, 100) };
    for (let index = 1; index <= 31; index++) {
      head = next([sent(1 + index, 'ben')], head);
      expect(head.decision.state).toBeUndefined();
      expect(head.decision.header.since).toHaveLength(index - 1);
      head.pointers = resolvePointers(head.pointers, 100 + index);
    }
    const { decision } = next([sent(33, 'ben')], head);
    expect(decision.header).toStrictEqual({ state_at: 0, since: [], members_at: 100 });
    expect(decision.state).toMatchObject({ last_seq: 33, chat_pts: 34 });
    expect(decision.members).toBeUndefined();
  });

  it('points inside its batch relative to itself, and is found again by sequence', () => {
    const second = next([sent(2, 'ben')]);
    const third = next([sent(3, 'ben')], second);
    expect(third.decision.header).toStrictEqual({ state_at: -2, since: [-1], members_at: -2 });
    expect(resolvePointers(third.pointers, 7)).toStrictEqual(pointersOfHead(9, third.decision.header));
  });

  it('without events is an anchor: the whole state, and nothing else new', () => {
    const anchor = next([], next([sent(2, 'ben')]));
    expect(anchor.decision).toMatchObject({ events: [], header: { state_at: 0, members_at: -2 } });
    expect(restoreChat([anchor.decision], first.decision)).toStrictEqual(anchor.state);
  });

  it('never has a body beside the member list', () => {
    const added: ChatNews = { type: 'RoleChanged', data: { user_id: 'ben', role: 'admin', member_count: 2 } };
    expect(() => next([added, sent(2, 'ben')])).toThrow('erasable');
    const edited: ChatNews = {
      type: 'MessageEdited',
      data: { message: identity(1, 'ben'), body: bodyOf('x'), edited_at_ms: 1, reactions: [] },
    };
    expect(() => next([added, edited])).toThrow('erasable');
  });

  it('begins a chat with ChatCreated', () => {
    expect(() => buildChatDecision(parts({ events: [sent(1, 'ben')] }))).toThrow();
  });
});

describe('restoring', () => {
  const second = next([sent(2, 'ben')]).decision;

  it('answers no chat for no decision', () => {
    expect(restoreChat([], null)).toStrictEqual({ status: 'none' });
  });

  it('refuses a hole', () => {
    const third = next([sent(3, 'ben')], next([sent(2, 'ben')])).decision;
    expect(() => restoreChat([first.decision, third], null)).toThrow('chat_pts 4 does not follow 2');
  });

  it('refuses what does not begin with a whole state, and members that are not the chat’s', () => {
    expect(() => restoreChat([second], first.decision)).toThrow('value is not an object');
    expect(() => restoreChat([first.decision, second], second)).toThrow('members_at');
    const other = buildChatDecision(
      parts({ events: [created('direct', null, [memberOf('anna')])] }),
    ).decision;
    expect(() => restoreChat([first.decision, second], other)).toThrow('1 members where the chat has 2');
  });
});
