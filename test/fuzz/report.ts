import { grownSinceHalf } from './memory.js';
import type { Fuzzed } from './fuzz.js';

/** Of heap, beyond what was held half-way through. A leak of a hundred bytes an input is more than that in a million. */
const grown_heap_mb_max = 48;

export function reportOf(
  seed: number,
  { findings, inputs, memory, said_by_pair, tally }: Fuzzed,
): { text: string; isClean: boolean } {
  const requests = [...tally.values()]
    .flatMap((codes) => [...codes.values()])
    .reduce((sum, count) => sum + count, 0);
  const grown = grownSinceHalf(memory);
  const isFlat = grown.heap_mb <= grown_heap_mb_max;
  const lines = [
    `Seed ${seed}: ${inputs} inputs, ${requests} answers; the pair said ${said_by_pair} things meanwhile.`,
    '',
    '| method | answers |',
    '| --- | --- |',
    ...[...tally]
      .toSorted()
      .map(([method, codes]) => {
        const sorted = [...codes].toSorted(([, one], [, other]) => other - one);
        return `| ${JSON.stringify(method.slice(0, 40))} | ${sorted.map(([code, count]) => `${code} ${count}`).join(', ')} |`;
      })
      .filter((_, at) => at < 60),
    '',
    `Heap after garbage collection, MB: ${memory.map(({ heap_mb }) => heap_mb).join(' ')}`,
    `Resident, MB: ${memory.map(({ resident_mb }) => resident_mb).join(' ')}`,
    isFlat ? 'Memory is flat.' : `THE HEAP GREW by ${grown.heap_mb} MB since half of the inputs.`,
    '',
    findings.all.length === 0 ? 'Nothing was found.' : `${findings.all.length} FINDINGS:`,
    ...findings.all.map((finding) => `  ${finding.times} × ${findings.line(finding)}`),
  ];
  return { text: lines.join('\n'), isClean: isFlat && findings.all.length === 0 };
}
