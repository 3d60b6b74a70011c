import { expect, it } from 'vitest';
import type { Recorded } from '../support/options.js';
import { figure } from '../support/outcome.js';
import { byHand, reportOf } from './render.js';

const recorded: Recorded = {
  scenario: 'direct',
  settings: { layout: 'single' },
  figures: [figure('p99', 12.34, 'ms', { at_most: 10 }), figure('messages', 9, '/s')],
  parts: ['## One device'],
  plots: [{ name: 'direct', title: 'Direct', x: 'x', y: 'y', lines: [] }],
  at: '2030-01-01T00:00:00.000Z',
  cores: 2,
  node: 'v24',
  load_before: 0.5,
  took_s: 120,
};

it('shows targets beside results, plots, what is missing, and keeps what was written by hand', () => {
  const parts = [
    { name: 'direct', title: 'Pairs', recorded },
    { name: 'soak', title: 'Soak', recorded: undefined },
  ];
  const first = reportOf(parts, undefined);
  expect(first).toContain('| Pairs | p99 | 12.3 ms | at most 10 | **missed** |');
  expect(first).toContain('![Direct](images/direct.svg)');
  expect(first).toContain('Not measured: Soak.');
  expect(first).toContain('2 cores');
  // Below the scenario's own heading.
  expect(first).toContain('\n#### One device\n');
  const edited = first.replace(byHand.start, `${byHand.start}\nThe fold took a third.\n`);
  expect(reportOf(parts, edited)).toContain('The fold took a third.');
});
