import type { Random } from '../../support/random.js';
import type { Fault } from '../faults/fault.js';

/** What a drill runs against, and what it can do to it. */
export interface Layout {
  readonly kind: 'single' | 'cluster';
  /** For clients. */
  readonly url: string;
  /** Where sockets may be opened directly, so that a socket's server is known; empty: there is one. */
  readonly servers: readonly { readonly name: string; readonly url: string }[];
  readonly faults: readonly Fault[];
  stop(): Promise<void>;
}

export interface LayoutOptions {
  /** How long Postgres stays away in the fault of that name. */
  readonly postgres_down_ms: number;
  /** Of what faults leave to chance. */
  readonly chance: Random;
  /** Servers get disks that can be filled, which takes root. */
  readonly hasSmallDisks: boolean;
  /** Aborted while it starts: it gives up and throws. */
  readonly signal?: AbortSignal;
  readonly say: (line: string) => void;
}
