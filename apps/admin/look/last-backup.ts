/** When the last backup ended, by what is kept of operators' doings. Each look reads on from the one before. */
import type { NatsConnection } from '@nats-io/nats-core';
import { DirectGet } from '#streams/direct-get.js';
import { adminSubject } from '#streams/subjects.js';
import { decodeAction } from '../actions/action-event.js';
import { admin_stream } from '../actions/action-log.js';
import { backupOperation } from '../backup/backup-operations.js';

const page_max = 500;

export class LastBackup {
  private readonly direct: DirectGet;
  private next = 1;
  private last: number | null = null;

  constructor(nats: NatsConnection) {
    this.direct = new DirectGet(nats);
  }

  /** Null: none has ended well. */
  async endedMs(): Promise<number | null> {
    const subject = adminSubject(backupOperation.name);
    for (;;) {
      const request = { subject, startSequence: this.next, max: page_max };
      const { messages } = await this.direct.getBatch(admin_stream, request);
      for (const { data } of messages) {
        const event = decodeAction(data);
        if (event.type === 'ActionEnded' && event.outcome === 'done') this.last = event.occurred_at_ms;
      }
      if (messages.length === 0) return this.last;
      this.next = messages.at(-1)!.sequence + 1;
    }
  }
}
