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

export interface Fault {
  readonly name: string;
  /** Whose sockets it closes: names of `servers`, or all. */
  readonly closes: readonly string[] | 'all';
  /** Resolves when it is done to the system. */
  begin(): Promise<void>;
  /** How long it stays so; by default as the drill says. */
  readonly down_ms?: number;
  /** Resolves when what was taken away is ready again. */
  end(): Promise<void>;
}

/** Each as they stand, or those named, in that order; round after round. */
export function chosenFaults(
  { faults }: Layout,
  { rounds, names }: { readonly rounds: number; readonly names: 'each' | readonly string[] },
): { fault: Fault; round: number }[] {
  const chosen = names === 'each' ? faults : names.map((name) => named(faults, name));
  return Array.from({ length: rounds }, (_, index) =>
    chosen.map((fault) => ({ fault, round: index + 1 })),
  ).flat();
}

function named(faults: readonly Fault[], name: string): Fault {
  const fault = faults.find((one) => one.name === name);
  if (!fault)
    throw new Error(`There is no fault "${name}"; there are: ${faults.map((one) => one.name).join(', ')}`);
  return fault;
}
