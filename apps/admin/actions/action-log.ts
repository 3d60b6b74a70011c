import type { NatsConnection } from '@nats-io/nats-core';
import { DirectGet } from '#streams/direct-get.js';
import { StoreUnavailable } from '#streams/event-store.js';
import { publishOne } from '#streams/publish-one.js';
import { adminSubject, adminSubjects } from '#streams/subjects.js';
import { decodeAction, encodeAction, type ActionEvent } from './action-event.js';

export const admin_stream = 'ADMIN';
const page_max = 500;

export interface StoredAction {
  readonly sequence: number;
  readonly event: ActionEvent;
}

/** The stream in which every action is an event. */
export class ActionLog {
  private readonly direct: DirectGet;

  constructor(private readonly nats: NatsConnection) {
    this.direct = new DirectGet(nats);
  }

  /** Resolves when the store has it. Throws StoreUnavailable when it cannot be told to have it, or there is no stream. */
  async append(event: ActionEvent): Promise<void> {
    const msgId = `${event.action_id}.${event.type}`;
    const message = { subject: adminSubject(event.operation), data: encodeAction(event), msgId };
    const result = await publishOne(this.nats, message);
    if (!result.ok && result.reason !== 'duplicate')
      throw new StoreUnavailable(`${admin_stream}: ${result.reason}`);
  }

  /** Ascending, from a sequence on. */
  async *read(startSequence = 1): AsyncGenerator<StoredAction> {
    for (let next = startSequence; ;) {
      const request = { subject: adminSubjects, startSequence: next, max: page_max };
      const { messages } = await this.direct.getBatch(admin_stream, request);
      for (const { sequence, data } of messages) yield { sequence, event: decodeAction(data) };
      if (messages.length === 0) return;
      next = messages.at(-1)!.sequence + 1;
    }
  }
}
