/** What is measured of conversations. */
import type { Taken } from '../support/meter.js';
import { Durations } from '../support/percentiles.js';
import type { Profile } from '../support/probes.js';
import { figuresOf, together } from './drivers.js';
import type { Appended } from './floor.js';
import type { Sent, SentFigures } from './orders.js';

export interface AtRate {
  readonly name: string;
  readonly per_s: number;
  readonly sent: SentFigures;
}

export interface Appends {
  readonly per_s: number;
  readonly messages: number;
  readonly last: Durations;
}

export interface ChattingFigures {
  readonly connect_s: number;
  readonly peak: SentFigures;
  readonly floor: Appends;
  readonly relay: SentFigures;
  readonly rates: readonly AtRate[];
  /** In the closed loop, until the read models showed everything. */
  readonly taken: readonly Taken[];
  readonly floorTaken: readonly Taken[];
  readonly relayTaken: readonly Taken[];
  /** Stream messages, by all of the closed loop. */
  readonly stored: number;
  readonly postgres_fsyncs: number;
  /** How long after a closed loop the read models showed everything, at most. */
  readonly level_s: number;
  readonly profiles: readonly Profile[];
}

/** One turn of Odnix, floor and relay. */
export interface Round {
  readonly app: {
    readonly sent: Sent;
    readonly taken: readonly Taken[];
    readonly stored: number;
    readonly postgres_fsyncs: number;
    readonly level_s: number;
  };
  readonly floor: { readonly appended: Appended; readonly taken: readonly Taken[] };
  readonly relay: { readonly sent: Sent; readonly taken: readonly Taken[] };
}

export function addedUp(rounds: readonly Round[]): Omit<ChattingFigures, 'connect_s' | 'rates' | 'profiles'> {
  const apps = rounds.map(({ app }) => app);
  const sum = (which: 'stored' | 'postgres_fsyncs') => apps.reduce((total, one) => total + one[which], 0);
  return {
    peak: figuresOf(
      together(
        apps.map(({ sent }) => sent),
        'in turn',
      ),
    ),
    floor: appendsOf(rounds.map(({ floor }) => floor.appended)),
    relay: figuresOf(
      together(
        rounds.map(({ relay }) => relay.sent),
        'in turn',
      ),
    ),
    taken: takenTogether(apps.map(({ taken }) => taken)),
    floorTaken: takenTogether(rounds.map(({ floor }) => floor.taken)),
    relayTaken: takenTogether(rounds.map(({ relay }) => relay.taken)),
    stored: sum('stored'),
    postgres_fsyncs: sum('postgres_fsyncs'),
    level_s: Math.max(...apps.map(({ level_s }) => level_s)),
  };
}

function appendsOf(all: readonly Appended[]): Appends {
  const sum = (which: 'in_time' | 'seconds' | 'messages') =>
    all.reduce((total, one) => total + one[which], 0);
  const last = all.reduce((durations, one) => durations.merge(one.last), new Durations());
  return { per_s: sum('in_time') / sum('seconds'), messages: sum('messages'), last };
}

/** Costs add up; memory and lateness are the most of any round. */
export function takenTogether(rounds: readonly (readonly Taken[])[]): Taken[] {
  return (rounds[0] ?? []).map(({ name }, index) => {
    const all = rounds.map((round) => round[index]!);
    const sum = (which: 'cpu_s' | 'written_bytes') => all.reduce((total, one) => total + one[which], 0);
    const most = (which: 'rss_mb' | 'loop_p99_ms' | 'loop_max_ms') =>
      Math.max(...all.map((one) => one[which]));
    return {
      name,
      cpu_s: sum('cpu_s'),
      written_bytes: sum('written_bytes'),
      rss_mb: most('rss_mb'),
      loop_p99_ms: most('loop_p99_ms'),
      loop_max_ms: most('loop_max_ms'),
      busy: all.reduce((total, { busy }) => total + busy, 0) / all.length,
    };
  });
}
