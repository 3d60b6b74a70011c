import type { CallView } from '#domain/chat/call.js';
import type { MessageView, Update } from '#domain/user-log/update.js';
import type { UserView } from '#protocol/methods/users.js';
import type { Notifications } from '#protocol/notifications.js';
import type { ConnectionState } from './connection.js';
import type { OdnixError } from './odnix-error.js';
import type { OutboxItem } from './outbox-item.js';

/** What a client tells, by name. */
export interface ClientEvents {
  connection: ConnectionState;
  /** The local state has reached what the server had when the session opened. */
  caught_up: { readonly pts: number };
  /** Every update that this version knows, after it was applied. */
  update: { readonly update: Update };
  /** A newer server told of something that this version does not know: it was counted, and changed nothing here. */
  unknown_update: { readonly type: string; readonly update: unknown };
  /** A message of the log that this device did not have; `is_own`: sent by this user, on any device. */
  message: { readonly message: MessageView; readonly is_own: boolean };
  /** Something of this chat looks different: its summary, its messages, or what waits to be sent. */
  chat: { readonly chat_id: string };
  /** Somebody whom this device knew is called otherwise now, or says something else of themselves; this user, too. */
  user: { readonly user: UserView };
  /** The whole local state was replaced by a snapshot. */
  replaced: { readonly pts: number };
  /** The server refused a change for good: a message stays, as failed; anything else was taken back. */
  refused: { readonly item: OutboxItem; readonly error: OdnixError };
  /** The local log was not the server's; a snapshot follows. */
  diverged: { readonly pts: number };
  /** What somebody is doing in a chat just now; over after `expires_in_ms`, or with the next. */
  typing: Notifications['typing'];
  /** A call of this user began to ring, was answered (by `callee_device_id`), or ended. */
  call: { readonly call: CallView };
  /** What the device at the other end of a call says; at most once, in its order, never before `call` has told of the call. */
  call_signal: Notifications['call.signal'];
  /** Of somebody who is watched, whenever it is another than before. */
  presence: Notifications['presence'];
  /** The server signed this device out; everything on it is forgotten. `reason` as in `device.removed`, where it is known. */
  signed_out: { readonly reason: string | undefined };
  /** The SDK could not do something and goes on, trying again where that helps. */
  problem: { readonly error: unknown };
}

type Listener<Payload> = (payload: Payload) => void;
type Listeners = { readonly [Name in keyof ClientEvents]?: Set<Listener<ClientEvents[Name]>> };

/** Listeners are called after the change that they are told of, never within it, in the order of the changes. */
export class EventHub {
  readonly #listeners: Listeners = {};

  /** Returns what ends the listening. */
  on<Name extends keyof ClientEvents>(name: Name, listener: Listener<ClientEvents[Name]>): () => void {
    const all = this.#listeners as Record<string, Set<Listener<never>> | undefined>;
    const listeners = (all[name] ??= new Set());
    listeners.add(listener as Listener<never>);
    return () => void listeners.delete(listener as Listener<never>);
  }

  emit<Name extends keyof ClientEvents>(name: Name, payload: ClientEvents[Name]): void {
    queueMicrotask(() => {
      for (const listener of this.#listeners[name] ?? []) this.#call(name, listener, payload);
    });
  }

  /** A listener's mistake is its own: others are called all the same. */
  #call<Payload>(name: keyof ClientEvents, listener: Listener<Payload>, payload: Payload): void {
    try {
      listener(payload);
    } catch (error) {
      if (name !== 'problem') this.emit('problem', { error });
    }
  }
}
