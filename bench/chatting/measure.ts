/** The same conversations through Odnix, as raw appends and through a bare relay, in turn; then through Odnix at fixed rates. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Child } from '../support/child.js';
import { Meter, type Metered, type Taken } from '../support/meter.js';
import type { Profile } from '../support/probes.js';
import { levelled, postgresFsyncs, storedMessages } from '../support/stored.js';
import type { System } from '../support/system.js';
import { Drivers, figuresOf } from './drivers.js';
import { addedUp, type AtRate, type ChattingFigures, type Round } from './figures.js';
import { startFloor } from './start-floor.js';
import type { Appended } from './floor.js';
import type { Conversations } from './conversations.js';
import type { ClosedLoop, Crowd, Sent } from './orders.js';
import { startRelay, type Relay } from './relay.js';

const warm_up_s = 3;
/** Times that Odnix, floor and relay take turns. */
const rounds_count = 3;
/** A little more than the statistics of Postgres and the probes lag behind. */
const settled_ms = 1_500;

export interface MeasureSettings {
  /** Of each part. */
  readonly seconds: number;
  readonly drivers: number;
  /** A directory for CPU profiles of the apps, taken in one more closed loop. */
  readonly profile?: string | undefined;
}

type Say = (line: string) => void;

export async function measureChatting(
  system: System,
  conversations: Conversations,
  settings: MeasureSettings,
  say: Say,
): Promise<ChattingFigures> {
  const { people, rooms, outstanding } = conversations;
  const { gateways } = system;
  const sockets = people.map(({ token }, index) => ({ url: gateways[index % gateways.length]!, token }));
  const crowd: Crowd = { to: 'odnix', sockets, rooms };
  const drivers = await Drivers.start(crowd, settings.drivers);
  say(`${people.length} sockets open after ${drivers.connect_s.toFixed(1)} s`);
  await drivers.run({ kind: 'closed', seconds: warm_up_s, outstanding });
  await levelled(system);
  const floor = await startFloor(system, conversations);
  const relay = await startRelay(crowd);
  const closed: ClosedLoop = { kind: 'closed', seconds: settings.seconds, outstanding };
  try {
    return await new Turns(system, drivers, floor, relay, closed).figures(conversations, settings, say);
  } finally {
    await Promise.all([drivers.end(), floor.end(), relay.end()]);
  }
}

class Turns {
  constructor(
    private readonly system: System,
    private readonly drivers: Drivers,
    private readonly floor: Child,
    private readonly relay: Relay,
    private readonly closed: ClosedLoop,
  ) {}

  async figures({ rates }: Conversations, { profile }: MeasureSettings, say: Say): Promise<ChattingFigures> {
    const rounds: Round[] = [];
    for (let round = 1; round <= rounds_count; round++) {
      say(`round ${round} of ${rounds_count}`);
      rounds.push(await this.round(say));
    }
    const added = addedUp(rounds);
    const atRates: AtRate[] = [];
    for (const rate of rates(added.peak.per_s)) {
      say(`${rate.name}: ${rate.per_s.toFixed(0)} messages/s`);
      const sent = await this.drivers.run({ kind: 'rate', per_s: rate.per_s, seconds: this.closed.seconds });
      atRates.push({ ...rate, sent: figuresOf(sent) });
    }
    const profiles = profile === undefined ? [] : await this.profiled(profile);
    return { ...added, connect_s: this.drivers.connect_s, rates: atRates, profiles };
  }

  private async round(say: Say): Promise<Round> {
    const app = await this.throughOdnix();
    say(`  Odnix: ${perS(app.sent)} messages/s, read models level ${app.level_s.toFixed(1)} s later`);
    const ofFloor = [...this.servers, { name: 'floor', pid: this.floor.pid }];
    const floor = await this.metered(ofFloor, () =>
      this.floor.ask<Appended>({ seconds: this.closed.seconds }),
    );
    say(`  raw appends: ${perS(floor.result)} messages/s`);
    const { pid, drivers } = this.relay;
    const relay = await this.metered([{ name: 'relay', pid }, ...metered(drivers)], () =>
      drivers.run(this.closed),
    );
    say(`  bare relay: ${perS(relay.result)} messages/s`);
    return {
      app,
      floor: { appended: floor.result, taken: floor.taken },
      relay: { sent: relay.result, taken: relay.taken },
    };
  }

  private async throughOdnix(): Promise<Round['app']> {
    const { system, drivers } = this;
    const counts = async () => [await storedMessages(system), await postgresFsyncs(system)] as const;
    const before = await counts();
    let level_s = 0;
    const { result: sent, taken } = await this.metered([...system.metered, ...metered(drivers)], async () => {
      const all = await drivers.run(this.closed);
      level_s = await levelled(system);
      await pause(settled_ms);
      return all;
    });
    const after = await counts();
    return { sent, taken, level_s, stored: after[0] - before[0], postgres_fsyncs: after[1] - before[1] };
  }

  private async profiled(directory: string): Promise<Profile[]> {
    const { probes, apps } = this.system;
    return probes.profiled(apps, directory, async () => void (await this.drivers.run(this.closed)));
  }

  private get servers(): Metered[] {
    return this.system.metered.filter(({ isProbed }) => !isProbed);
  }

  private async metered<T>(
    processes: readonly Metered[],
    work: () => Promise<T>,
  ): Promise<{ result: T; taken: Taken[] }> {
    const meter = new Meter(processes, this.system.probes);
    const result = await work();
    return { result, taken: meter.taken() };
  }
}

const metered = ({ children }: Drivers): Metered[] => children.map(({ name, pid }) => ({ name, pid }));

const perS = ({ in_time, seconds }: Pick<Sent, 'in_time' | 'seconds'>): string =>
  (in_time / seconds).toFixed(0);
