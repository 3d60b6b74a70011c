import type { Identity } from '#streams/requests.js';
import { ChatLanes } from './chat-lanes.js';
import type { Ask } from './ask.js';
import { SessionSeen } from './seen.js';

/** More requests of one connection than this at once are answered BUSY. */
const requests_in_flight_max = 256;

/** One connection, or one HTTP request: who calls, what they have seen, and what of theirs is under way. */
export class Caller {
  identity: Identity | null = null;
  readonly seen = new SessionSeen();
  readonly lanes: ChatLanes;
  private inFlight = 0;

  constructor(ask: Ask) {
    this.lanes = new ChatLanes((aggregateId, commands) =>
      ask.commands('chat', this.identity!, aggregateId, commands),
    );
  }

  /** False: too much is under way, the request must be refused. */
  enter(): boolean {
    if (this.inFlight >= requests_in_flight_max) return false;
    this.inFlight += 1;
    return true;
  }

  leave(): void {
    this.inFlight -= 1;
  }
}
