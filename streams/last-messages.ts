import { last_subjects_max, type DirectGet } from './direct-get.js';
import { StoreUnavailable } from './event-store.js';
import type { StoredMessage } from './stored-message.js';

/** Fewer subjects are asked for one by one: that finds each without a walk through what lies between them. */
const together_subjects_min = 8;

interface Asked {
  readonly subject: string;
  resolve(message: StoredMessage | null): void;
  reject(error: unknown): void;
}

/**
 * The last message of one subject, for many callers at about the same time: what is asked while a stream's answer is under
 * way goes together in its next request. So a lone caller waits for nobody, and thousands who come back at once cost a
 * request a thousand. Every read begins after it was asked for. Any replica answers: it may lag by milliseconds.
 */
export class LastMessages {
  private readonly waiting = new Map<string, Asked[]>();

  constructor(private readonly direct: DirectGet) {}

  /** Null when the subject has none. Throws StoreUnavailable. */
  lastOf(stream: string, subject: string): Promise<StoredMessage | null> {
    const { promise, resolve, reject } = Promise.withResolvers<StoredMessage | null>();
    const asked = { subject, resolve, reject };
    const waiting = this.waiting.get(stream);
    if (waiting) waiting.push(asked);
    else {
      this.waiting.set(stream, []);
      void this.serve(stream, [asked]);
    }
    return promise;
  }

  /** One request of a stream at a time, until nobody waits. Rejects nobody but the callers. */
  private async serve(stream: string, first: Asked[]): Promise<void> {
    for (let some = first; some.length > 0; some = this.waiting.get(stream)!.splice(0, last_subjects_max)) {
      try {
        const found = await this.read(stream, [...new Set(some.map(({ subject }) => subject))]);
        for (const { subject, resolve } of some) resolve(found.get(subject) ?? null);
      } catch (cause) {
        const error = new StoreUnavailable('the last messages got no answer', { cause });
        for (const { reject } of some) reject(error);
      }
    }
    this.waiting.delete(stream);
  }

  private async read(stream: string, subjects: readonly string[]): Promise<Map<string, StoredMessage>> {
    const read =
      subjects.length < together_subjects_min
        ? Promise.all(subjects.map((subject) => this.direct.getLastBySubject(stream, subject)))
        : this.direct.getLastForSubjects(stream, subjects);
    const messages = (await read).filter((message) => message !== null);
    return new Map(messages.map((message) => [message.subject, message]));
  }
}
