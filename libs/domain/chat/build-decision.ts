import { assert } from '../kernel/assert.js';
import type { DecisionMeta, RequestMark } from '../kernel/decision.js';
import type { NewEvent } from '../kernel/new-event.js';
import { chatCatalogue } from './catalogue.js';
import type { ChatEvent } from './events.js';
import { foldDecision } from './fold-decision.js';
import { mustCarryState, nextHeader, type Pointers } from '../kernel/pointers.js';
import type { ActiveChat, ChatCore, ChatDecision, ChatState } from './state.js';
import { chatDate } from './verdict.js';

export interface ChatDecisionParts {
  /** The chat before the events: as restored, or as the decision before in the same batch left it. */
  readonly state: ChatState;
  /** Null when the chat has no decision yet. */
  readonly pointers: Pointers | null;
  /** As the decider answered them; none: an anchor, which carries the whole state before an erasure. */
  readonly events: readonly NewEvent<ChatEvent>[];
  readonly decision_id: string;
  /** Makes one UUIDv7 an event. */
  readonly nextId: () => string;
  /** The command's `at_ms`. */
  readonly at_ms: number;
  readonly meta: Omit<DecisionMeta, 'occurred_at_ms'>;
  readonly request?: RequestMark;
}

export interface BuiltChatDecision {
  readonly decision: ChatDecision;
  /** The chat after the events. */
  readonly state: ActiveChat;
  /** For the next decision of the same batch; resolve them when the batch is stored. */
  readonly pointers: Pointers;
}

/**
 * Makes the stored form of an accepted verdict. Several in a row, each from the state and pointers of the one before,
 * are one batch, in this order. Whoever throws a built decision away throws away those built on it.
 */
export function buildChatDecision(parts: ChatDecisionParts): BuiltChatDecision {
  const { pointers, events, decision_id, meta, request } = parts;
  const carried = {
    state: mustCarryState(pointers) || events.length === 0,
    members: events.some(changesMembers),
  };
  assert(!(carried.members && events.some(isSalted)), 'a body must be erasable without the member list');
  const next = nextHeader(pointers, carried);
  const bare: ChatDecision = {
    format: 1,
    decision_id,
    meta: { occurred_at_ms: chatDate(parts.state, parts.at_ms), ...meta },
    ...(request === undefined ? {} : { request }),
    header: next.header,
    events: stamped(parts),
  };
  const state = foldDecision(parts.state, bare);
  assert(state.status === 'active', 'the first event of a chat is ChatCreated');
  const decision: ChatDecision = {
    ...bare,
    ...(state.kind === 'channel' ? { header: { ...next.header, channel: true } } : {}),
    ...(carried.state ? { state: coreOf(state) } : {}),
    ...(carried.members ? { members: [...state.members.values()] } : {}),
  };
  return { decision, state, pointers: next.pointers };
}

function stamped({ state, events, nextId }: ChatDecisionParts): ChatEvent[] {
  const before = state.status === 'none' ? 0 : state.chat_pts;
  return events.map(
    (event, index) =>
      ({
        event_id: nextId(),
        type: event.type,
        version: chatCatalogue[event.type].version,
        chat_pts: before + 1 + index,
        data: event.data,
      }) as ChatEvent,
  );
}

const changesMembers = ({ type }: NewEvent<ChatEvent>): boolean =>
  type === 'ChatCreated' || type === 'MembersAdded' || type === 'MemberRemoved' || type === 'RoleChanged';

const isSalted = (event: NewEvent<ChatEvent>): boolean =>
  (event.type === 'MessageSent' || event.type === 'MessageEdited') && 'salt' in event.data.body;

function coreOf(chat: ActiveChat): ChatCore {
  const { status: _status, members: _members, ...core } = chat;
  return core;
}
