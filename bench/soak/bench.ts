/** Half an hour of people who come and go: whether memory stays flat, the read models keep up, and everything is given back in the end. */
import { setTimeout as pause } from 'node:timers/promises';
import { Town, type LivedFigures } from '../lively/town.js';
import { figure, shown, type Figure, type Outcome, type Plot } from '../support/outcome.js';
import { levelled } from '../support/stored.js';
import { System, type SystemOptions } from '../support/system.js';
import { sampled, type Sample } from './sample.js';
import { growthOf, isBack, left_over_max } from './verdict.js';

export interface SoakBench extends SystemOptions {
  readonly minutes: number;
  readonly people: number;
  readonly tempo: number;
  readonly churn: number;
}

const warm_up_people = 20;
const warm_up_s = 20;
/** Longer than somebody counts as online who has gone. */
const settle_ms = 40_000;
const back_ms_max = 180_000;
const sample_s = 10;
/** In less a heap has hardly been tidied once. */
const minutes_told_min = 10;
const seed = 1;

export async function benchSoak(settings: SoakBench, say: (line: string) => void): Promise<Outcome> {
  const system = await System.start(settings);
  const startMs = performance.now();
  try {
    say('some come and go first');
    const first = new Town(system, { ...settings, seed });
    await first.grow(warm_up_people);
    await first.live(warm_up_s);
    await first.end();
    await pause(settle_ms);
    const before = await sampled(system, startMs);
    const town = new Town(system, { ...settings, seed: seed + warm_up_people });
    await town.grow(settings.people);
    const samples: Sample[] = [];
    const lived: LivedFigures[] = [];
    const until = performance.now() + settings.minutes * 60_000;
    while (performance.now() < until) {
      lived.push(await town.live(sample_s));
      samples.push(await sampled(system, startMs));
      if (samples.length % 6 === 1) say(lineOf(samples.at(-1)!, lived.at(-1)!));
    }
    await town.end();
    say('all have left');
    const level_s = await levelled(system);
    const after = await givenBack(system, before, startMs);
    return outcomeOf(settings, { before, samples, after, lived, level_s });
  } finally {
    await system.stop();
  }
}

/** What is held when it is as before, or when that has taken too long. */
async function givenBack(system: System, before: Sample, startMs: number): Promise<Sample> {
  const until = performance.now() + back_ms_max;
  for (;;) {
    await pause(settle_ms / 4);
    const after = await sampled(system, startMs);
    const isAll = counted.every(({ of }) => isBack(of(before), of(after)));
    if (isAll || performance.now() > until) return after;
  }
}

const counted: readonly { readonly name: string; readonly of: (sample: Sample) => number }[] = [
  { name: 'subscriptions', of: ({ subscriptions }) => subscriptions },
  { name: 'NATS connections', of: ({ nats_connections }) => nats_connections },
  { name: 'handles', of: ({ handles }) => Object.values(handles).reduce((sum, one) => sum + one, 0) },
];

interface Soaked {
  readonly before: Sample;
  readonly samples: readonly Sample[];
  readonly after: Sample;
  readonly lived: readonly LivedFigures[];
  readonly level_s: number;
}

function outcomeOf(settings: SoakBench, soaked: Soaked): Outcome {
  const { layout, durability, streams, minutes, people, tempo, churn } = settings;
  const { before, samples, after, lived, level_s } = soaked;
  const names = Object.keys(before.heap_mb);
  const sum = (of: (one: LivedFigures) => number) => lived.reduce((all, one) => all + of(one), 0);
  const did = (what: string) => sum(({ done }) => done[what] ?? 0);
  const figures: Figure[] = [
    ...names.map((name) => {
      const { grown_mb, grown_mb_max } = growthOf(samples.map(({ heap_mb }) => heap_mb[name]!));
      const target = minutes < minutes_told_min ? undefined : { at_most: grown_mb_max };
      return figure(`${name}: least heap of the last fifth, over the second’s`, grown_mb, 'MB', target);
    }),
    ...counted.map(({ name, of }) =>
      figure(`${name} left over`, of(after) - of(before), '', { at_most: left_over_max }),
    ),
    figure('behind at the end', after.behind, 'messages', { at_most: 0 }),
    figure(
      'holes',
      sum(({ holes }) => holes),
      '',
      { at_most: 0 },
    ),
  ];
  return {
    scenario: 'soak',
    settings: { layout, durability, streams, minutes, people, tempo, churn },
    figures,
    parts: [
      `${shown(did('send'))} messages sent, ${shown(did('update'))} updates received, ${shown(did('reconnect'))} connections lost and made again; ` +
        `read models level ${shown(level_s)} s after the last.`,
    ],
    plots: plotsOf(soaked, names),
  };
}

const lineOf = ({ at_s, rss_mb, behind, subscriptions }: Sample, { screen }: LivedFigures): string =>
  `${(at_s / 60).toFixed(0)} min: RSS ${Object.entries(rss_mb)
    .map(([name, mb]) => `${name} ${mb.toFixed(0)}`)
    .join(', ')} MB; ` + `${subscriptions} subscriptions; ${behind} behind; screen ${screen} ms`;

function plotsOf({ samples }: Soaked, names: readonly string[]): Plot[] {
  const minutes = ({ at_s }: Sample) => at_s / 60;
  const line = (name: string, of: (sample: Sample) => number) => ({
    name,
    points: samples.map((sample) => [minutes(sample), of(sample)] as const),
  });
  return [
    {
      name: 'soak-memory',
      title: 'Memory while people come and go',
      x: 'minutes',
      y: 'MB',
      lines: [
        ...Object.keys(samples[0]?.rss_mb ?? {}).map((name) =>
          line(`${name}, resident`, (one) => one.rss_mb[name]!),
        ),
        ...names.map((name) => line(`${name}, heap`, (one) => one.heap_mb[name]!)),
      ],
    },
    {
      name: 'soak-counts',
      title: 'What is held while people come and go',
      x: 'minutes',
      y: 'count',
      lines: [
        ...counted.map(({ name, of }) => line(name, of)),
        line('behind, messages', ({ behind }) => behind),
        line('Postgres connections', ({ postgres_connections }) => postgres_connections),
      ],
    },
  ];
}
