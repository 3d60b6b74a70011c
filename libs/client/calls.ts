import type { CallKind, CallView } from '#domain/chat/call.js';
import type { Update } from '#domain/user-log/update.js';
import type { CallSignal, CallsIceServersResult } from '#protocol/methods/calls.js';
import type { Notifications } from '#protocol/notifications.js';
import type { EventHub } from './client-events.js';
import type { Replica } from './replica.js';
import type { ServerClock } from './server-clock.js';
import type { Session } from './session.js';

/** Signals that come before their call; more are lost, as any may be. */
const early_signals_max = 100;

/** How somebody ends a call: `busy` and `declined` where it rings for them. */
export type HangUpReason = 'hangup' | 'declined' | 'busy' | 'failed';

export type CallRef = Pick<CallView, 'chat_id' | 'call_id'>;

export interface CallsOptions {
  readonly replica: Pick<Replica, 'chat' | 'chats'>;
  readonly clock: Pick<ServerClock, 'nowMs' | 'newId'>;
  readonly events: Pick<EventHub, 'emit'>;
  readonly call: Session['call'];
}

/**
 * Calls of this user, on all devices. Their states come by the log, so that they are right after any absence; signals do not, and may
 * be lost. What is said of a call that the log has not told of yet waits for it.
 */
export class Calls {
  #early: CallSignal[] = [];
  /** By call, the last signal of this device that is on its way. */
  readonly #sending = new Map<string, Promise<unknown>>();

  constructor(private readonly options: CallsOptions) {}

  /** Those that go on now. */
  all(): CallView[] {
    const { replica, clock } = this.options;
    const nowMs = clock.nowMs();
    return replica
      .chats()
      .flatMap(({ call }) => (call !== undefined && (call.expires_at_ms ?? 0) > nowMs ? [call] : []));
  }

  async request(user_id: string, kind: CallKind, payload?: string): Promise<CallView> {
    const { call, clock } = this.options;
    const said = payload === undefined ? {} : { payload };
    const client_request_id = clock.newId();
    return (await call('calls.request', { user_id, kind, ...said, client_request_id })).call;
  }

  async accept({ chat_id, call_id }: CallRef, payload?: string): Promise<CallView> {
    const { call, clock } = this.options;
    const said = payload === undefined ? {} : { payload };
    const client_request_id = clock.newId();
    return (await call('calls.accept', { chat_id, call_id, ...said, client_request_id })).call;
  }

  async hangUp({ chat_id, call_id }: CallRef, reason?: HangUpReason): Promise<CallView> {
    const { call, clock } = this.options;
    const why = reason === undefined ? {} : { reason };
    const client_request_id = clock.newId();
    return (await call('calls.discard', { chat_id, call_id, ...why, client_request_id })).call;
  }

  /** One after the other, so that trying one again does not put it behind the next. */
  signal({ chat_id, call_id }: CallRef, payload: string): Promise<void> {
    const before = this.#sending.get(call_id) ?? Promise.resolve();
    const sent = before.then(() => this.options.call('calls.signal', { chat_id, call_id, payload }));
    const settled = sent.then(
      () => undefined,
      () => undefined,
    );
    this.#sending.set(call_id, settled);
    void settled.then(() => {
      if (this.#sending.get(call_id) === settled) this.#sending.delete(call_id);
    });
    return sent.then(() => undefined);
  }

  iceServers(): Promise<CallsIceServersResult> {
    return this.options.call('calls.iceServers', {});
  }

  /** After it was applied. */
  updated(update: Update): void {
    if (update.type !== 'call') return;
    const { call } = update;
    this.options.events.emit('call', { call });
    const [now, later] = [[], []] as [CallSignal[], CallSignal[]];
    for (const signal of this.#early) (signal.call_id === call.call_id ? now : later).push(signal);
    this.#early = later;
    if (call.state !== 'discarded') for (const signal of now) this.options.events.emit('call_signal', signal);
  }

  heard(signal: Notifications['call.signal']): void {
    const known = this.options.replica.chat(signal.chat_id)?.call;
    if (known?.call_id === signal.call_id) return this.options.events.emit('call_signal', signal);
    this.#early = [...this.#early, signal].slice(-early_signals_max);
  }

  /** What was said while nobody listened is past. */
  offline(): void {
    this.#early = [];
  }
}
