/** What Linux tells of a process in /proc: reading it, and nothing else. A process that is gone took nothing. */
import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts CPU in hundredths of a second for whoever asks. */
export const ticks_per_s = 100;
const kb_per_mb = 1_024;

export interface ProcStat {
  readonly parent: number;
  readonly own_ticks: number;
  /** Of children that it has waited for. */
  readonly waited_ticks: number;
}

/** The program's name may itself hold spaces and parentheses; what follows its last one does not. */
export function parseStat(text: string): ProcStat {
  const fields = text.slice(text.lastIndexOf(') ') + 2).split(' ');
  const [utime, stime, cutime, cstime] = [11, 12, 13, 14].map((field) => Number(fields[field]));
  return { parent: Number(fields[1]), own_ticks: utime! + stime!, waited_ticks: cutime! + cstime! };
}

export function parseRssMb(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / kb_per_mb;
}

/** Its own memory, and its share of what it has in common with others: adds up over processes that share most of theirs. */
export function parseShareMb(smapsRollup: string): number {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(smapsRollup)?.[1] ?? 0) / kb_per_mb;
}

/** What it has caused to be written to disks, less what was taken back before it got there. */
export function parseWrittenBytes(io: string): number {
  const field = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(io)?.[1] ?? 0);
  return Math.max(0, field('write_bytes') - field('cancelled_write_bytes'));
}

export const statOf = (pid: number): ProcStat | null => {
  const text = read(pid, 'stat');
  return text === '' ? null : parseStat(text);
};
export const rssMbOf = (pid: number): number => parseRssMb(read(pid, 'status'));
export const shareMbOf = (pid: number): number => parseShareMb(read(pid, 'smaps_rollup'));
export const writtenBytesOf = (pid: number): number => parseWrittenBytes(read(pid, 'io'));

export const childrenOf = (pid: number): number[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((other) => statOf(other)?.parent === pid);

/** Its own, and that of its children: those that live, and those that it has waited for. */
export function cpuSecondsOf(pid: number): number {
  const own = statOf(pid);
  const living = childrenOf(pid).reduce((sum, child) => sum + (statOf(child)?.own_ticks ?? 0), 0);
  return ((own?.own_ticks ?? 0) + (own?.waited_ticks ?? 0) + living) / ticks_per_s;
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
