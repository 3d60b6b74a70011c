/** What each of several processes takes while something is measured: CPU, memory, bytes written; and how late their event loops were. */
import { childrenOf, cpuSecondsOf, rssMbOf, shareMbOf, writtenBytesOf } from './proc.js';
import type { Probes } from './probes.js';

export interface Metered {
  readonly name: string;
  readonly pid: number;
  /** Its children count as well: Postgres is many processes. */
  readonly isFamily?: boolean;
  /** Whether a probe tells of it. */
  readonly isProbed?: boolean;
}

export interface Taken {
  readonly name: string;
  readonly cpu_s: number;
  /** Of a family the sum of shares: what is common counts once. */
  readonly rss_mb: number;
  readonly written_bytes: number;
  /** NaN where nothing tells of it. */
  readonly loop_p99_ms: number;
  readonly loop_max_ms: number;
  readonly busy: number;
}

interface Counted {
  readonly cpu_s: number;
  readonly written_bytes: number;
}

export class Meter {
  private readonly before: readonly Counted[];
  private readonly fromMs = Date.now();

  constructor(
    private readonly processes: readonly Metered[],
    private readonly probes: Probes,
  ) {
    this.before = processes.map(counted);
  }

  taken(): Taken[] {
    const toMs = Date.now();
    return this.processes.map((one, index) => {
      const before = this.before[index]!;
      const now = counted(one);
      return {
        name: one.name,
        cpu_s: now.cpu_s - before.cpu_s,
        written_bytes: now.written_bytes - before.written_bytes,
        rss_mb: memoryMbOf(one),
        ...this.loopOf(one, toMs),
      };
    });
  }

  private loopOf({ pid, isProbed }: Metered, toMs: number) {
    const lines = isProbed ? this.probes.lines(pid, this.fromMs, toMs) : [];
    if (lines.length === 0) return { loop_p99_ms: Number.NaN, loop_max_ms: Number.NaN, busy: Number.NaN };
    const sorted = lines.map(({ delay_p99_ms }) => delay_p99_ms).sort((one, other) => one - other);
    return {
      loop_p99_ms: sorted[Math.floor(sorted.length / 2)]!,
      loop_max_ms: Math.max(...lines.map(({ delay_max_ms }) => delay_max_ms)),
      busy: lines.reduce((sum, { busy }) => sum + busy, 0) / lines.length,
    };
  }
}

/** Of a family each one's share, since they have most of it in common. */
function memoryMbOf({ pid, isFamily }: Metered): number {
  if (!isFamily) return rssMbOf(pid);
  return [pid, ...childrenOf(pid)].reduce((sum, one) => sum + shareMbOf(one), 0);
}

function counted({ pid, isFamily }: Metered): Counted {
  const family = isFamily ? [pid, ...childrenOf(pid)] : [pid];
  return {
    cpu_s: cpuSecondsOf(pid),
    written_bytes: family.reduce((sum, one) => sum + writtenBytesOf(one), 0),
  };
}
