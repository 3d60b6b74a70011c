import type { Finished } from '../../apps/admin/projections/finish-builds.js';
import type { CopyFloor } from './copy-floor.js';
import type { Noticed } from './people.js';

export interface RebuildFigures {
  readonly messages: number;
  readonly entries: number;
  readonly before: Noticed;
  readonly during: Noticed;
  readonly after: Noticed;
  readonly finished: Finished;
  readonly floors: ReadonlyMap<string, CopyFloor>;
  readonly rollback_ms: number;
}

const per = (count: number, seconds: number): string => Math.round(count / seconds).toLocaleString('en');

export function reportOf(figures: RebuildFigures): string {
  const { messages, entries, before, during, after, finished, floors, rollback_ms } = figures;
  const all = [...floors.values()];
  const rows = all.reduce((sum, floor) => sum + floor.rows, 0);
  const copy_s = all.reduce((sum, { seconds }) => sum + seconds, 0);
  return [
    `${messages.toLocaleString('en')} messages, ${entries.toLocaleString('en')} entries of users' logs. Durations: p50 / p99 / max, in milliseconds.`,
    '',
    '| people | sends | ms | reads | ms | errors | wrong answers |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    row('before', before),
    row('while all read models are made anew, one of two projectors killed', during),
    row('after', after),
    '',
    `All read models filled anew: ${per(finished.messages, finished.seconds)} stream messages/s, ${per(rows, finished.seconds)} rows/s ` +
      `(${rows.toLocaleString('en')} rows in ${finished.seconds.toFixed(0)} s). The same rows by COPY, into the same tables with their indexes: ` +
      `${per(rows, copy_s)} rows/s.`,
    '',
    '| read model | rows | by COPY, rows/s | the switch held folding, ms |',
    '| --- | --- | --- | --- |',
    ...finished.builds.map(({ projection, pause_ms }) => {
      const floor = floors.get(projection)!;
      return `| ${projection} | ${floor.rows.toLocaleString('en')} | ${per(floor.rows, floor.seconds)} | ${pause_ms.toFixed(1)} |`;
    }),
    '',
    `Rolled back in ${rollback_ms.toFixed(1)} ms.`,
  ].join('\n');
}

function row(when: string, { sends, reads, errors, wrong }: Noticed): string {
  const told = [...errors].map(([code, count]) => `${count} ${code}`).join(', ') || 'none';
  return `| ${when} | ${sends.count} | ${sends} | ${reads.count} | ${reads} | ${told} | ${wrong} |`;
}
