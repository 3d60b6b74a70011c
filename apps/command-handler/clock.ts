/** What makes a handler's decisions not pure, handed in so that tests decide it. */
export interface Clock {
  readonly nowMs: () => number;
  /** A UUIDv7. */
  readonly nextId: () => string;
}
