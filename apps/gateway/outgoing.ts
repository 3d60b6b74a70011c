import { pack } from '#edge/message-pack.js';
import type { JsonRpcResponse } from '#protocol/json-rpc.js';
import type { Notification, Notifications } from '#protocol/notifications.js';

export type Message = Notification | JsonRpcResponse | readonly JsonRpcResponse[];

const encoders = {
  json: (message: Message): Buffer => Buffer.from(JSON.stringify(message)),
  msgpack: pack,
  sse: event,
} satisfies Record<string, (message: Message) => Buffer>;
export type Encoding = keyof typeof encoders;

/** `id` is where the client goes on after a cut: what comes without one is not a place in the log. */
function event(message: Message): Buffer {
  const { method, params } = message as Notification;
  const isPlace = method === 'update' || method === 'updates.caughtUp';
  const id = isPlace ? `id: ${(params as { sync_token: string }).sync_token}\n` : '';
  const retry =
    method === 'session.draining'
      ? `retry: ${(params as Notifications['session.draining']).reconnect_after_ms}\n`
      : '';
  return Buffer.from(`${id}${retry}event: ${method}\ndata: ${JSON.stringify(params)}\n\n`);
}

/**
 * A message on its way to clients: encoded when the first of them needs it, once an encoding, and held once, however many
 * connections wait to send it.
 */
export class Outgoing {
  private readonly encoded: Partial<Record<Encoding, Buffer>> = {};

  constructor(readonly message: Message) {}

  as(encoding: Encoding): Buffer {
    return (this.encoded[encoding] ??= encoders[encoding](this.message));
  }
}
