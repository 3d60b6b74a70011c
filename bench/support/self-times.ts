/** What a CPU profile says in a few lines: in which functions the time itself went, by name and file. */

const shown_max = 25;
const notItsOwn = /^\(idle\)$|node:inspector/;

export interface SelfTime {
  readonly what: string;
  /** Of the time in which the process did something. */
  readonly share: number;
  readonly ms: number;
}

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  /** In microseconds, one a sample. */
  readonly timeDeltas: readonly number[];
}

/** Largest first; idle time is left out, and what taking the profile took. */
export function selfTimes(text: string): SelfTime[] {
  const { nodes, samples, timeDeltas } = JSON.parse(text) as CpuProfile;
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const us = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const name = names.get(id);
    if (name === undefined || notItsOwn.test(name)) continue;
    us.set(name, (us.get(name) ?? 0) + Math.max(0, timeDeltas[index] ?? 0));
  }
  const all = [...us.values()].reduce((sum, one) => sum + one, 0);
  return [...us]
    .map(([what, own]) => ({ what, share: own / all, ms: own / 1_000 }))
    .sort((one, other) => other.ms - one.ms)
    .slice(0, shown_max);
}

function nameOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  const file = url.replace(/^file:\/\//, '').replace(/^.*?\/(node_modules|dist)\//, '');
  return file === '' ? name : `${name} ${file}:${lineNumber + 1}`;
}
