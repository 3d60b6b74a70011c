import type { NewEvent } from '../kernel/new-event.js';
import type { MessageSent, ServiceContent } from './events.js';

interface Telling {
  readonly actor: { readonly user_id: string };
  readonly service_msg_id: string;
}

/**
 * The messages by which a decision tells of its own changes, numbered on from `lastSeq`. They are the server's words:
 * from the actor, but from no device, without salt.
 */
export function serviceMessages(
  command: Telling,
  lastSeq: number,
  dateMs: number,
  tales: readonly ServiceContent['event'][],
): NewEvent<MessageSent>[] {
  return tales.map((event, index) => ({
    type: 'MessageSent',
    data: {
      message: {
        seq: lastSeq + 1 + index,
        client_msg_id: siblingId(command.service_msg_id, index),
        sender_id: command.actor.user_id,
        sender_device_id: null,
        date_ms: dateMs,
      },
      body: { content: { type: 'service', event } },
    },
  }));
}

/** The id itself, then ids that differ in the last digit: one command may need a second. */
const siblingId = (id: string, index: number): string =>
  id.slice(0, -1) + ((Number.parseInt(id.slice(-1), 16) + index) % 16).toString(16);
