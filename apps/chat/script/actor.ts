import { deskOf, type Desk } from '../commands/command.js';
import { enter } from '../commands/run-line.js';
import { begin } from '../begin.js';
import { openDevice, type DeviceOptions } from '../device.js';
import { Network } from '../network.js';
import { printable } from '../printable.js';
import { Terminal } from '../terminal.js';
import { ActorScreen } from './actor-screen.js';
import type { Condition } from './steps.js';
import type { Transcript } from './transcript.js';

/** A person of a script at a device: does what the script says, and sees what a terminal would show. */
export class Actor {
  readonly screen: ActorScreen;
  /** Where the device is: it stays without a network also when it is started anew. */
  readonly #network = new Network();
  #desk: Desk | null = null;
  #isCaughtUp = false;
  readonly #watchers = new Set<() => void>();

  constructor(
    readonly name: string,
    readonly options: DeviceOptions,
    private readonly transcript: Transcript,
  ) {
    const look = (): void => this.#changed();
    this.screen = new ActorScreen((row) => transcript.shown(name, row), look);
  }

  get isRunning(): boolean {
    return this.#desk !== null;
  }

  get outboxSize(): number {
    return this.#desk?.terminal.client.outboxSize ?? 0;
  }

  /** Signs in, or comes back with what the device has kept, and catches up where there is a network. */
  async start(): Promise<void> {
    const device = await openDevice(this.options, this.#network, this.screen);
    const { client } = device;
    const terminal = new Terminal(device, this.screen);
    this.#desk = deskOf(terminal);
    client.on('caught_up', () => this.#noteCaughtUp(true));
    client.on('connection', (state) => {
      this.#noteCaughtUp(this.#isCaughtUp && state.status === 'open');
      if (state.status === 'stopped' && state.error)
        this.screen.print([`! ${printable(state.error.message)} (${state.error.code})`]);
    });
    for (const name of ['chat', 'update'] as const) client.on(name, () => this.#changed());
    await begin(this.#desk);
    await terminal.settled();
  }

  /** As if the program were ended: what waits to be sent waits in its store. */
  async stop(): Promise<void> {
    const desk = this.#desk;
    this.#desk = null;
    this.#isCaughtUp = false;
    await desk?.terminal.settled();
    await desk?.terminal.client.close();
  }

  async enter(line: string): Promise<void> {
    this.transcript.typed(this.name, line);
    await enter(this.desk, line);
    await this.desk.terminal.settled();
  }

  get desk(): Desk {
    if (!this.#desk) throw new Error(`${this.name || 'this device'} is stopped; “start” starts it again.`);
    return this.#desk;
  }

  /** Whether the condition came to hold within that time. */
  until(condition: () => boolean, withinMs: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const settle = (isMet: boolean): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve(isMet);
      };
      const look = (): void => {
        if (condition()) settle(true);
      };
      const timer = setTimeout(() => settle(condition()), withinMs);
      this.#watchers.add(look);
    });
  }

  holds(condition: Condition): boolean {
    const { client } = this.desk.terminal;
    if (condition === 'sent') return client.outboxSize === 0;
    if (condition === 'caught-up') return this.#isCaughtUp;
    if (condition === 'offline') return client.connection.status !== 'open';
    const tick = this.#lastOwnTick();
    return tick === 'read' || tick === condition;
  }

  /** For who wonders why a condition does not hold. */
  get standing(): string {
    const { client } = this.desk.terminal;
    const tick = this.#lastOwnTick();
    const last =
      tick === null ? 'no message of their own in the open chat' : `the last own message is ${tick}`;
    return `connection ${client.connection.status}, ${client.outboxSize} to be sent, ${last}`;
  }

  #lastOwnTick(): string | null {
    const { client, openChat } = this.desk.terminal;
    const own = openChat ? client.messages(openChat.chatId).filter(({ tick }) => tick !== null) : [];
    return own.at(-1)?.tick ?? null;
  }

  #noteCaughtUp(isCaughtUp: boolean): void {
    this.#isCaughtUp = isCaughtUp;
    this.#changed();
  }

  #changed(): void {
    for (const look of this.#watchers) look();
  }
}
