import { describe, expect, it } from 'vitest';
import {
  cpuSecondsOf,
  parseRssMb,
  parseShareMb,
  parseStat,
  parseWrittenBytes,
  rssMbOf,
  shareMbOf,
  statOf,
} from './proc.js';

const stat =
  '4711 (node (main) x) S 4710 4711 4711 0 -1 4194560 9000 100 0 0 250 50 30 20 20 0 11 0 123 456 789 18446744073709551615';

describe('/proc', () => {
  it('finds parent and processor time behind a name with spaces and parentheses', () => {
    expect(parseStat(stat)).toEqual({ parent: 4710, own_ticks: 300, waited_ticks: 50 });
  });

  it('reads resident memory in megabytes', () => {
    expect(parseRssMb('Name:\tnode\nVmHWM:\t  999999 kB\nVmRSS:\t  204800 kB\nThreads:\t11\n')).toBe(200);
  });

  it('reads the share of memory that adds up', () => {
    const rollup =
      '55d0-7ffe ---p 00000000 00:00 0 [rollup]\nRss:    40960 kB\nPss:    10240 kB\nPss_Dirty: 1 kB\n';
    expect(parseShareMb(rollup)).toBe(10);
    expect(parseShareMb('')).toBe(0);
    expect(shareMbOf(process.pid)).toBeLessThanOrEqual(rssMbOf(process.pid) + 1);
  });

  it('counts what was written less what was taken back', () => {
    const io =
      'rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\nwrite_bytes: 8192\ncancelled_write_bytes: 4096\n';
    expect(parseWrittenBytes(io)).toBe(4_096);
    expect(parseWrittenBytes('')).toBe(0);
  });

  it('tells of a living process, and nothing of one that is gone', () => {
    expect(statOf(process.pid)?.parent).toBe(process.ppid);
    expect(rssMbOf(process.pid)).toBeGreaterThan(10);
    expect(cpuSecondsOf(process.pid)).toBeGreaterThan(0);
    const gone = 2 ** 22 + 1;
    expect([statOf(gone), rssMbOf(gone), cpuSecondsOf(gone)]).toEqual([null, 0, 0]);
  });
});
