import { pack } from '#edge/message-pack.js';
import type { JsonRpcResponse } from '#protocol/json-rpc.js';
import type { Notification } from '#protocol/notifications.js';

export type Message = Notification | JsonRpcResponse | readonly JsonRpcResponse[];

const encoders = {
  json: (message: Message): Buffer => Buffer.from(JSON.stringify(message)),
  msgpack: pack,
} satisfies Record<string, (message: Message) => Buffer>;
export type Encoding = keyof typeof encoders;

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
