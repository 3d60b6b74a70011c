/** A day in the life: more and more people send, type, read, look back and lose their connections, until delivery takes too long. */
import { availableParallelism } from 'node:os';
import { day, deliveries_per_send } from '../lively/day.js';
import { Town, type LivedFigures } from '../lively/town.js';
import { Meter, type Taken } from '../support/meter.js';
import { figure, shown, type Outcome } from '../support/outcome.js';
import { levelled } from '../support/stored.js';
import { System, type SystemOptions } from '../support/system.js';
import { usersAt, type Step } from './users-at.js';

export interface MixedBench extends SystemOptions {
  /** With whom it begins. */
  readonly people: number;
  /** At most, or until sockets of one machine come to an end. */
  readonly peopleMax: number;
  /** How many people one connection is as lively as. */
  readonly tempo: number;
  /** Of each step. */
  readonly seconds: number;
}

const p99_ms_max = 200;
const growth = 1.5;
const settle_s = 5;
const seed = 1;
const us_per_s = 1_000_000;

interface Measured extends Step {
  readonly lived: LivedFigures;
  readonly taken: readonly Taken[];
}

export async function benchMixed(settings: MixedBench, say: (line: string) => void): Promise<Outcome> {
  const system = await System.start(settings);
  try {
    const town = new Town(system, { tempo: settings.tempo, churn: 1, seed });
    const steps: Measured[] = [];
    let target = inGroups(settings.people);
    do {
      await town.grow(target - town.people_count);
      steps.push(await measured(system, town, settings));
      const { users, p99_ms } = steps.at(-1)!;
      say(`${town.people_count} connections, as ${users} people: p99 ${p99_ms.toFixed(0)} ms`);
      target = Math.min(inGroups(target * growth), inGroups(settings.peopleMax));
    } while (steps.at(-1)!.p99_ms <= p99_ms_max && target > town.people_count);
    await town.end();
    return outcomeOf(settings, steps);
  } finally {
    await system.stop();
  }
}

const inGroups = (count: number): number =>
  Math.max(1, Math.round(count / day.group_members)) * day.group_members;

async function measured(system: System, town: Town, { tempo, seconds }: MixedBench): Promise<Measured> {
  await town.live(settle_s);
  const meter = new Meter(system.metered, system.probes);
  const lived = await town.live(seconds);
  const taken = meter.taken();
  await levelled(system);
  return { users: town.people_count * tempo, p99_ms: lived.screen.ms(0.99), lived, taken };
}

function outcomeOf(settings: MixedBench, steps: readonly Measured[]): Outcome {
  const { layout, durability, streams, tempo, seconds } = settings;
  const cores = availableParallelism();
  const users = usersAt(steps, p99_ms_max);
  const last = steps.at(-1)!;
  const cpuOf = ({ taken, lived }: Measured) =>
    (taken.reduce((sum, { cpu_s }) => sum + cpu_s, 0) * us_per_s) / Math.max(1, lived.done['send'] ?? 0);
  const sum = (which: (lived: LivedFigures) => number) =>
    steps.reduce((all, { lived }) => all + which(lived), 0);
  return {
    scenario: 'mixed',
    settings: { layout, durability, streams, tempo, seconds },
    figures: [
      figure(
        `people until p99 of delivery is ${p99_ms_max} ms${last.p99_ms <= p99_ms_max ? ' (not reached: more)' : ''}`,
        users,
        '',
      ),
      figure('people a core', users / cores, ''),
      figure('server CPU a message sent, with all that belongs to it', cpuOf(last), 'µs'),
      figure(
        'holes',
        sum(({ holes }) => holes),
        '',
        { at_most: 0 },
      ),
    ],
    parts: [
      `Each person: ${day.sends_per_min} message a minute, ${day.to_group_part * 100} % of them to a group of ${day.group_members} ` +
        `(${deliveries_per_send.toFixed(1)} deliveries a message), ${day.typings_per_min} typing, ${day.histories_per_min} looks back, ` +
        `${day.reconnects_per_min} reconnects; ${day.read_part * 100} % of what comes is read. A connection is as lively as ${tempo} people, ` +
        'and takes the memory of one.',
      {
        head: [
          'people',
          'sent/s',
          'delivered/s',
          'screen (p50 / p99 / max, ms)',
          'tick',
          'back after a reconnect',
          'CPU a message, µs',
          'refused',
        ],
        rows: steps.map((step) => rowOf(step, seconds, cpuOf(step))),
      },
    ],
    plots: [
      {
        name: 'mixed',
        title: 'Delivery by number of people',
        x: 'people',
        y: 'p99 to the screen, ms',
        lines: [{ name: 'p99', points: steps.map(({ users: x, p99_ms }) => [x, p99_ms] as const) }],
      },
    ],
  };
}

const rowOf = ({ users, lived }: Measured, seconds: number, cpuUs: number): (string | number)[] => [
  shown(users),
  shown((lived.done['send'] ?? 0) / seconds),
  shown(lived.screen.count / seconds),
  `${lived.screen}`,
  `${lived.tick}`,
  `${lived.back}`,
  shown(cpuUs),
  Object.entries(lived.refused)
    .map(([code, count]) => `${count} ${code}`)
    .join(', ') || 'none',
];
