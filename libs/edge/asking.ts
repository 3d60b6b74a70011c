import { headers, type MsgHdrs, type NatsConnection } from '@nats-io/nats-core';
import { counter } from '#observability/metrics.js';
import { activeSpan, textOf, traceparentHeader } from '#observability/trace.js';
import { isNoResponders } from '#streams/no-responders.js';

const no_responders_retry_ms = 100;
const again_times_max = 2;
const askedAgain = {
  command: counter('odnix.request.asked_again', { target: 'command' }),
  query: counter('odnix.request.asked_again', { target: 'query' }),
};

export interface Patience {
  /** Until an answer, however often it is asked. */
  readonly timeout_ms: number;
  /** How long it is asked again while nobody serves it: nothing was delivered then. */
  readonly no_responders_wait_ms: number;
}

/** Once without being told to, if `may` says so when it is time. */
export interface Unanswered {
  readonly after_ms: number;
  readonly may: () => boolean;
}

/**
 * Requests on their way. Each may be asked again while it has no answer, `again_times_max` times at most; the one before
 * is still listened for, and the first answer counts.
 */
export class Asking {
  private readonly open = new Map<string, Set<() => void>>();

  constructor(private readonly nc: NatsConnection) {}

  /** Null: nobody answered in time; whether a command was carried out is then unknown. */
  async ask(
    subject: string,
    body: object,
    patience: Patience,
    unanswered?: Unanswered,
  ): Promise<object | null> {
    const { promise, resolve } = Promise.withResolvers<object | null>();
    const one = new OneRequest(this.nc, subject, body, patience, resolve);
    const again = () => one.again();
    this.add(subject, again);
    const onceMore = () => unanswered?.may() === true && one.again();
    const timer = unanswered && setTimeout(onceMore, unanswered.after_ms);
    one.send();
    const answer = await promise;
    clearTimeout(timer);
    this.remove(subject, again);
    return answer;
  }

  /** Everything on its way on that subject. */
  again(subject: string): void {
    for (const again of this.open.get(subject) ?? []) again();
  }

  allAgain(): void {
    for (const subject of this.open.keys()) this.again(subject);
  }

  private add(subject: string, again: () => void): void {
    const open = this.open.get(subject) ?? new Set();
    this.open.set(subject, open.add(again));
  }

  private remove(subject: string, again: () => void): void {
    const open = this.open.get(subject);
    open?.delete(again);
    if (open?.size === 0) this.open.delete(subject);
  }
}

class OneRequest {
  private readonly payload: string;
  private readonly carried: MsgHdrs;
  private readonly deadlineMs: number;
  private times = 0;
  private waitingFor = 0;

  constructor(
    private readonly nc: NatsConnection,
    private readonly subject: string,
    body: object,
    private readonly patience: Patience,
    /** The first call counts. */
    private readonly resolve: (answer: object | null) => void,
  ) {
    this.payload = JSON.stringify(body);
    this.carried = headers();
    const span = activeSpan();
    if (span !== undefined) this.carried.set(traceparentHeader, textOf(span));
    this.deadlineMs = performance.now() + patience.timeout_ms;
  }

  again(): void {
    if (this.times > again_times_max || this.leftMs <= 0) return;
    askedAgain[this.subject.startsWith('command.') ? 'command' : 'query'].add();
    this.send();
  }

  send(): void {
    this.times += 1;
    this.waitingFor += 1;
    void this.answer().then((answer) => {
      this.waitingFor -= 1;
      if (answer !== null || this.waitingFor === 0) this.resolve(answer);
    });
  }

  private get leftMs(): number {
    return this.deadlineMs - performance.now();
  }

  private async answer(): Promise<object | null> {
    const giveUpMs = performance.now() + this.patience.no_responders_wait_ms;
    for (;;) {
      try {
        const options = { timeout: Math.max(1, this.leftMs), headers: this.carried };
        const message = await this.nc.request(this.subject, this.payload, options);
        const answer: unknown = message.json();
        return typeof answer === 'object' ? answer : {};
      } catch (error) {
        if (!isNoResponders(error) || performance.now() >= Math.min(giveUpMs, this.deadlineMs)) return null;
        await new Promise((resolve) => setTimeout(resolve, no_responders_retry_ms));
      }
    }
  }
}
