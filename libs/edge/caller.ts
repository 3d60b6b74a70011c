import type { Transport } from '#observability/request-spans.js';
import type { SpanContext } from '#observability/trace.js';
import type { Identity } from '#streams/requests.js';
import type { CommandTarget } from '#streams/subjects.js';
import { ChatLanes } from './chat-lanes.js';
import type { Ask } from './ask.js';
import { SessionSeen } from './seen.js';

/** More requests of one connection than this at once are answered BUSY. */
const requests_in_flight_max = 256;

/** One connection, or one HTTP request: who calls, what they have seen, and what of theirs is under way. */
export class Caller {
  identity: Identity | null = null;
  /** Where it calls from, if that is to be counted request by request. */
  network: string | null = null;
  readonly transport: Transport = 'http';
  /** What its requests go on from: the HTTP request that brings them, where there is one. */
  span: SpanContext | undefined;
  /** What the client calls its own trace; requests are linked to it. */
  clientSpan: SpanContext | undefined;
  readonly seen = new SessionSeen();
  /** Made when something travels by them: most callers are connected and silent. */
  private readonly lanesTo: Partial<Record<CommandTarget, ChatLanes>> = {};
  private inFlight = 0;
  private turn: Promise<unknown> | null = null;

  constructor(private readonly ask: Ask) {}

  get lanes(): ChatLanes {
    return this.lanesOf('chat');
  }

  /** Of the caller's own account: one. */
  get accountLanes(): ChatLanes {
    return this.lanesOf('account');
  }

  private lanesOf(target: CommandTarget): ChatLanes {
    return (this.lanesTo[target] ??= new ChatLanes((id, commands) =>
      this.ask.commands(target, this.identity!, id, commands),
    ));
  }

  /** False: too much is under way, the request must be refused. */
  enter(): boolean {
    if (this.inFlight >= requests_in_flight_max) return false;
    this.inFlight += 1;
    return true;
  }

  /**
   * In order, although one may have to wait for its answer: who comes behind it waits too. `take` never rejects. Whoever
   * awaits the promise goes on before anybody else is taken.
   */
  inTurn<T>(take: () => T | Promise<T>): T | Promise<T> {
    const taken = this.turn ? this.turn.then(take) : take();
    if (!(taken instanceof Promise)) return taken;
    this.turn = taken;
    const passed = (): void => {
      if (this.turn === taken) this.turn = null;
    };
    void taken.then(() => queueMicrotask(passed));
    return taken;
  }

  leave(): void {
    this.inFlight -= 1;
  }
}
