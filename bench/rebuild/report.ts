import type { Finished } from '../../apps/admin/projections/finish-builds.js';
import { figure, type Figure } from '../support/outcome.js';
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
  const { rows, copy_s } = copied(floors);
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

/** People write and read meanwhile, and one projector of two is killed; COPY has the machine for itself. */
export function figuresOf({ finished, floors, before, during }: RebuildFigures): Figure[] {
  const { rows, copy_s } = copied(floors);
  return [
    figure('rows filled anew', rows / finished.seconds, '/s'),
    figure('of COPY of the same rows', copy_s / finished.seconds, '', { at_least: 1 / 2 }),
    figure('people’s p99 of sending meanwhile, to before', during.sends.ms(0.99) / before.sends.ms(0.99), ''),
  ];
}

function copied(floors: RebuildFigures['floors']): { rows: number; copy_s: number } {
  const all = [...floors.values()];
  return {
    rows: all.reduce((sum, floor) => sum + floor.rows, 0),
    copy_s: all.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}
