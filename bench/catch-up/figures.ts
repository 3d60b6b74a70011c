/** What catching up costs, as figures with targets. */
import { figure, type Figure } from '../support/outcome.js';
import type { MillionFigures } from './million.js';
import type { StormFigures } from './storm.js';
import type { TenThousandFigures } from './ten-thousand.js';

const updates_count = 10_000;
const updates_per_s_min = 50_000;

export const tenThousandFigures = (all: readonly TenThousandFigures[]): Figure[] =>
  all.flatMap(({ distance, ms, rows_floor_ms }) => {
    const median = ms.ms(0.5);
    const per_s = (updates_count * 1_000) / median;
    return [
      figure(`one device, ${distance} from the stream’s end`, per_s, 'updates/s', {
        at_least: updates_per_s_min,
      }),
      figure(`the same, of reading its rows alone`, rows_floor_ms / median, ''),
    ];
  });

export const stormFigures = ({
  updates,
  all_ms,
  appends_before,
  appends_meanwhile,
}: StormFigures): Figure[] => [
  figure('storm', (updates * 1_000) / all_ms, 'updates/s'),
  figure(
    'storm: others’ p99 to what it was before',
    appends_meanwhile.ms(0.99) / appends_before.ms(0.99),
    '',
    {
      at_most: 1.5,
    },
  ),
];

export const millionFigures = ({ updates, ms, rows_floor_ms }: MillionFigures): Figure[] => [
  figure('a long log in slices', (updates * 1_000) / ms, 'updates/s'),
  figure('the same, of reading its rows alone', rows_floor_ms / ms, ''),
];
