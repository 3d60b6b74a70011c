import { accept, reject, repeat } from '../kernel/decider.js';
import type { NewEvent } from '../kernel/new-event.js';
import { isBlocked } from './blocked.js';
import { isLive, signalAddressee, type Call, type CallEnd } from './call.js';
import type { AcceptCall, ChatAnswer, DiscardCall, ExpireCall, RequestCall, SignalCall } from './commands.js';
import { createChat } from './create-chat.js';
import type { CallChanged, Member } from './events.js';
import type { ChatLimits } from './limits.js';
import type { ActiveChat, ChatState } from './state.js';
import { chatDate, type ChatVerdict } from './verdict.js';

/**
 * A call is decided in the direct chat of the two, so the store lets one act after the other, whichever handlers decide them: one
 * call at a time between two people, one device that answers it, one end. Both calling each other is the later one accepting.
 */
export function requestCall(state: ChatState, command: RequestCall, limits: ChatLimits): ChatVerdict {
  const { actor, user_id } = command;
  if (user_id === actor.user_id) return reject('FORBIDDEN');
  const call = newCall(command, chatDate(state, command.at_ms), limits);
  if (state.status === 'none') return calledInNewChat(state, command, call, limits);
  if (!state.members.has(actor.user_id)) return reject('NOT_A_MEMBER');
  if (state.kind !== 'direct') return reject('CHAT_EXISTS');
  if (isBlocked(state)) return reject('BLOCKED');
  const before = state.call;
  if (before === undefined || !isLive(before)) return changed(call);
  const over = ifOver(before, call.requested_at_ms);
  if (over !== null) return accept([event(over), event(call)], answer(call));
  if (before.state === 'requested' && before.callee_id === actor.user_id)
    return changed(accepted(before, command, call.requested_at_ms, limits));
  return reject('CALL_EXISTS', { call_id: before.call_id, state: before.state });
}

export function acceptCall(
  chat: ActiveChat,
  me: Member,
  command: AcceptCall,
  limits: ChatLimits,
): ChatVerdict {
  const { call } = chat;
  const dateMs = chatDate(chat, command.at_ms);
  if (call?.call_id !== command.call_id) return reject('NOT_FOUND', { call_id: command.call_id });
  const { state, reason } = ifOver(call, dateMs) ?? call;
  if (state === 'discarded') return reject('CALL_OVER', { reason });
  if (call.callee_id !== me.user_id) return reject('FORBIDDEN');
  if (state === 'requested') return changed(accepted(call, command, dateMs, limits));
  return call.callee_device_id === command.actor.device_id ? repeat(answer(call)) : takenBy(call);
}

export function signalCall(chat: ActiveChat, { call_id, actor, at_ms }: SignalCall): ChatVerdict {
  const { call } = chat;
  if (call?.call_id !== call_id) return reject('NOT_FOUND', { call_id });
  const { state, reason } = ifOver(call, chatDate(chat, at_ms)) ?? call;
  if (state === 'discarded') return reject('CALL_OVER', { reason });
  const to = signalAddressee(call, actor);
  if (to !== null) return repeat<ChatAnswer>({ kind: 'signalled', to });
  return actor.user_id === call.callee_id ? takenBy(call) : reject('FORBIDDEN');
}

/** Who declines on one device what was answered on another meanwhile does not end it; who says that they hang up does. */
export function discardCall(chat: ActiveChat, me: Member, command: DiscardCall): ChatVerdict {
  const { call } = chat;
  const { actor, reason } = command;
  const dateMs = chatDate(chat, command.at_ms);
  if (call?.call_id !== command.call_id) return reject('NOT_FOUND', { call_id: command.call_id });
  if (!isLive(call)) return repeat(answer(call));
  const over = ifOver(call, dateMs);
  if (over !== null) return changed(over);
  const isIn = actor.device_id === call.caller_device_id || actor.device_id === call.callee_device_id;
  const isMeant = reason === 'hangup' || reason === 'failed';
  if (call.state === 'accepted' && !isIn && !isMeant) return takenBy(call);
  const { user_id, device_id } = actor;
  const ended = discarded(call, reasonFor(call, me.user_id, reason), dateMs);
  return changed({ ...ended, discarded_by: { user_id, device_id } });
}

/** Nobody's command but the server's. */
export function expireCall(chat: ActiveChat, { call_id, at_ms }: ExpireCall): ChatVerdict {
  const { call } = chat;
  if (call?.call_id !== call_id) return reject('NOT_FOUND', { call_id });
  const over = ifOver(call, chatDate(chat, at_ms));
  return over === null ? repeat(answer(call)) : changed(over);
}

/** Whoever blocks the other ends their call as well, and the other is not told why. */
export function callEndedByBlock(chat: ActiveChat, userId: string, atMs: number): NewEvent<CallChanged>[] {
  const { call } = chat;
  if (call === undefined || !isLive(call)) return [];
  return [event(discarded(call, reasonFor(call, userId), chatDate(chat, atMs)))];
}

/** Its time is over, whether that is stored already or not: as it ends. Null: it goes on, or has ended. */
function ifOver(call: Call, nowMs: number): Call | null {
  const { expires_at_ms: endsAtMs } = call;
  if (!isLive(call) || endsAtMs === undefined || endsAtMs > nowMs) return null;
  return discarded(call, call.state === 'requested' ? 'missed' : 'failed', endsAtMs);
}

function calledInNewChat(
  state: ChatState,
  { actor, at_ms, chat_id, call_id, user_id }: RequestCall,
  call: Call,
  limits: ChatLimits,
): ChatVerdict {
  const direct = { kind: 'direct' as const, chat_id, member_ids: [user_id], title: null };
  const creation = { type: 'CreateChat' as const, actor, at_ms, service_msg_id: call_id, ...direct };
  const verdict = createChat(state, creation, limits);
  return verdict.kind === 'accept' ? accept([...verdict.events, event(call)], answer(call)) : verdict;
}

const newCall = (
  { call_id, kind, actor, user_id }: RequestCall,
  dateMs: number,
  { call_ring_ms }: ChatLimits,
): Call => ({
  call_id,
  kind,
  state: 'requested',
  caller_id: actor.user_id,
  caller_device_id: actor.device_id,
  callee_id: user_id,
  requested_at_ms: dateMs,
  expires_at_ms: dateMs + call_ring_ms,
});

const accepted = (
  call: Call,
  { actor }: Pick<AcceptCall, 'actor'>,
  dateMs: number,
  { call_ms_max }: ChatLimits,
): Call => ({
  ...call,
  state: 'accepted',
  callee_device_id: actor.device_id,
  accepted_at_ms: dateMs,
  expires_at_ms: dateMs + call_ms_max,
});

function discarded({ expires_at_ms: _never, ...call }: Call, reason: CallEnd, discarded_at_ms: number): Call {
  return { ...call, state: 'discarded', discarded_at_ms, reason };
}

/** Of what was said, what fits: who calls does not decline, and a call that is accepted is hung up. */
function reasonFor(call: Call, userId: string, said?: CallEnd): CallEnd {
  if (said === 'failed') return said;
  if (call.state === 'accepted' || call.caller_id === userId) return 'hangup';
  return said === 'busy' ? said : 'declined';
}

const takenBy = ({ callee_device_id: device_id }: Call): ChatVerdict => reject('CALL_TAKEN', { device_id });
const event = (call: Call): NewEvent<CallChanged> => ({ type: 'CallChanged', data: call });
const answer = (call: Call): ChatAnswer => ({ kind: 'call', call });
const changed = (call: Call): ChatVerdict => accept([event(call)], answer(call));
