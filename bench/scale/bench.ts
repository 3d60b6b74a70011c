/** Pairs who chat, with more streams and more processes of each kind: what grows with them and what does not. */
import { benchDirect, type DirectBench } from '../direct/bench.js';
import { figure, shown, type Outcome, type Plot } from '../support/outcome.js';

export type ScaleBench = Omit<DirectBench, 'layout' | 'streams' | 'instances'>;

const streamCounts = [1, 4, 16] as const;
const processCounts = [1, 2, 4] as const;
const most_streams = 16;

interface Run {
  readonly streams: number;
  readonly processes: number;
  readonly outcome: Outcome;
}

export async function benchScale(settings: ScaleBench, say: (line: string) => void): Promise<Outcome> {
  const runs: Run[] = [];
  const run = async (streams: number, processes: number) => {
    say(`${streams} streams a family, ${processes} of each process`);
    const instances = {
      gateway: processes,
      'command-handler': processes,
      timeline: processes,
      projector: processes,
      'query-handler': processes,
    };
    const outcome = await benchDirect({ ...settings, layout: 'apps', streams, instances }, say);
    runs.push({ streams, processes, outcome });
  };
  for (const streams of streamCounts) await run(streams, 1);
  for (const processes of processCounts.slice(1)) await run(most_streams, processes);
  return outcomeOf(settings, runs);
}

const valueOf = ({ outcome }: Run, name: string): number =>
  outcome.figures.find((one) => one.name === name)?.value ?? Number.NaN;

function outcomeOf({ durability, pairs, seconds }: ScaleBench, runs: readonly Run[]): Outcome {
  const perS = (run: Run) => valueOf(run, 'messages/s');
  const ofStreams = runs.filter(({ processes }) => processes === 1);
  const ofProcesses = runs.filter(({ streams }) => streams === most_streams);
  const growth = (some: readonly Run[]) => perS(some.at(-1)!) / perS(some[0]!);
  return {
    scenario: 'scale',
    settings: { layout: 'apps', durability, pairs, seconds },
    figures: [
      figure(
        `messages/s with ${streamCounts.at(-1)} streams, to those with ${streamCounts[0]}`,
        growth(ofStreams),
        '',
      ),
      figure(
        `messages/s with ${processCounts.at(-1)} of each process, to those with one`,
        growth(ofProcesses),
        '',
      ),
    ],
    parts: [
      {
        head: [
          'streams',
          'of each process',
          'messages/s',
          'of raw appends',
          'server CPU a message, µs',
          'p99 to the screen at 500/s, ms',
        ],
        rows: runs.map((run) => [
          run.streams,
          run.processes,
          shown(perS(run)),
          shown(valueOf(run, 'of raw appends')),
          shown(valueOf(run, 'server CPU a message')),
          shown(valueOf(run, 'p99 to the screen at 500/s')),
        ]),
      },
      'All processes share the cores of this machine, the load’s own among them: what needs more cores to grow cannot grow here; CPU a message tells what it would cost.',
    ],
    plots: [
      plotOf(
        'scale-streams',
        'Messages a second by streams',
        'streams a family',
        ofStreams,
        ({ streams }) => streams,
        perS,
      ),
      plotOf(
        'scale-processes',
        'Messages a second by processes',
        'of each process',
        ofProcesses,
        ({ processes }) => processes,
        perS,
      ),
    ],
  };
}

function plotOf(
  name: string,
  title: string,
  x: string,
  runs: readonly Run[],
  at: (run: Run) => number,
  of: (run: Run) => number,
): Plot {
  const points = runs.map((run) => [at(run), of(run)] as const);
  return { name, title, x, y: 'messages/s', lines: [{ name: 'messages/s', points }] };
}
