/** What can be done to a running system, and for how long when chance decides. */
export const faultKinds = {
  stop: 'a process is told to stop, and started again',
  kill: 'a process is killed, and started again',
  'kill leader': 'the NATS node that leads a stream is killed',
  'kill everything': 'every process is killed at once',
  hang: 'a process stands still without dying',
  cut: "an app's connections to NATS are cut",
  stall: "an app's connections to NATS stand still",
  'lose answers': 'some answers from NATS to an app are lost, acknowledgements of what was stored among them',
  delay: 'some answers and announcements to an app come late, behind what was sent after them',
  double: 'some answers and announcements to an app come twice',
  'set clock': "an app's clock is set forward or back",
  'fill disk': 'a server cannot write; room is made, and it is started again',
} as const;
export type FaultKind = keyof typeof faultKinds;

export interface Fault {
  readonly kind: FaultKind;
  readonly name: string;
  /** Whose sockets it closes: names of a layout's `servers`, or all. */
  readonly closes: readonly string[] | 'all';
  /** Resolves when it is done to the system, with what chance chose in it. */
  begin(): Promise<string | void>;
  /** How long it stays so; by default as the drill says. */
  readonly down_ms?: number;
  /** Resolves when what was taken away is ready again. */
  end(): Promise<void>;
}

/** The processes of a system, by name. */
export interface Processes {
  readonly names: readonly string[];
  /** Null while it does not run. */
  pid(name: string): number | null;
  kill(name: string): Promise<void>;
  stop(name: string): Promise<void>;
  /** Resolves when it is ready. */
  start(name: string): Promise<void>;
}

export const isServer = (name: string): boolean => /^(nats|postgres)/.test(name);
export const appsOf = ({ names }: Processes): string[] => names.filter((name) => !isServer(name));

/** The sockets that may go with a process: a gateway's, or everybody's where all is one process. */
export const closedWith = (name: string): Fault['closes'] =>
  name === 'odnix' ? 'all' : name.startsWith('gateway') ? [name] : [];
