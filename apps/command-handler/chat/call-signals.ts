/** What the devices in a call say to each other: passed on once the chat has decided to whom, at most once, and kept nowhere. */
import {
  isLive,
  signalAddressee,
  type CallAddressee,
  type ChatAnswer,
  type ChatState,
} from '#domain/chat/index.js';
import type { CallSignal } from '#protocol/methods/calls.js';
import type { PendingCommand } from './pending-command.js';
import type { RecentDecision } from './recent-run.js';

export type TellSignal = (to: CallAddressee, signal: CallSignal) => void;

type Sent = Pick<PendingCommand, 'chatId' | 'identity' | 'params'>;

export class CallSignals {
  constructor(private readonly tell: TellSignal) {}

  /** What came with a request or an acceptance; again with each repeat, for as long as the call lives: the first may be lost. */
  sentAlong(command: Sent, { events }: Pick<RecentDecision, 'events'>, chat: ChatState): void {
    const decided = events.findLast((event) => event.type === 'CallChanged')?.data;
    const call = chat.status === 'active' ? chat.call : undefined;
    if (call === undefined || call.call_id !== decided?.call_id || !isLive(call)) return;
    const to = signalAddressee(call, command.identity);
    if (to !== null) this.pass(command, call.call_id, to);
  }

  /** What is no decision: a signal, or what this device has done already. */
  held(command: Sent, answer: ChatAnswer): void {
    const { call_id } = command.params as { readonly call_id?: string };
    if (answer.kind === 'signalled' && call_id !== undefined) this.pass(command, call_id, answer.to);
    if (answer.kind !== 'call' || !isLive(answer.call)) return;
    const to = signalAddressee(answer.call, command.identity);
    if (to !== null) this.pass(command, answer.call.call_id, to);
  }

  private pass({ chatId: chat_id, identity, params }: Sent, call_id: string, to: CallAddressee): void {
    const { payload } = params as { readonly payload?: string };
    const { user_id, device_id } = identity;
    if (payload !== undefined) this.tell(to, { chat_id, call_id, user_id, device_id, payload });
  }
}
