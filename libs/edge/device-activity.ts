import type { NatsConnection } from '@nats-io/nats-core';
import { isRecord } from '#domain/kernel/check.js';
import { deviceActivitySubject } from '#streams/subjects.js';

const answer_ms_max = 1_000;

/**
 * When a user's devices last got tokens. Whoever uses a device gets new ones every quarter of an hour, so this is its last activity
 * as well, to that exactness, and nothing has to be written for it. The api knows, which keeps refresh tokens.
 */
export class DeviceActivity {
  constructor(private readonly nats: NatsConnection) {}

  /** Times by device. Empty where nobody answers: it is no reason not to show the devices. */
  async of(userId: string): Promise<Readonly<Record<string, number>>> {
    try {
      const answer = await this.nats.request(deviceActivitySubject, userId, { timeout: answer_ms_max });
      const times: unknown = answer.json();
      return isRecord(times) ? (times as Record<string, number>) : {};
    } catch {
      return {};
    }
  }

  /** One of all who serve answers. `timesOf` that rejects answers nothing. */
  serve(timesOf: (userId: string) => Promise<Readonly<Record<string, number>>>): void {
    this.nats.subscribe(deviceActivitySubject, {
      queue: 'api',
      callback: (error, message) => {
        if (error) return;
        void timesOf(message.string()).then(
          (times) => message.respond(JSON.stringify(times)),
          () => message.respond('{}'),
        );
      },
    });
  }
}
