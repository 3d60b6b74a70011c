/**
 * Lines of the log as programs read them. Seen failing without the trace's ids, with Nest's own names of levels, and with lines that
 * are not counted.
 */
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { Logger } from '@nestjs/common';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { newTrace, within } from '#observability/trace.js';
import { tellError } from '#observability/tell-error.js';
import { scrapedHere } from '../../test/support/scraped.js';
import { sayerOf, useLog } from './log.js';

const production = { logLevel: 'info', logFormat: 'auto', nodeEnv: 'production' };

beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterEach(() => void vi.restoreAllMocks());

/** Everything that is written while it runs, in lines. */
function written(act: () => void): string[] {
  const texts: string[] = [];
  const keep = (text: unknown): boolean => texts.push(String(text)) > 0;
  for (const output of [process.stdout, process.stderr]) vi.spyOn(output, 'write').mockImplementation(keep);
  act();
  vi.restoreAllMocks();
  return texts
    .join('')
    .split('\n')
    .filter((line) => line !== '');
}

it('are JSON in production, each with its app, time, level and trace', async () => {
  useLog('gateway', production);
  const span = newTrace();
  const before = (await scrapedHere()).sum('odnix.log.lines');
  const lines = written(() => {
    within(span, () => new Logger('pushing').warn('two\nlines'));
    new Logger('pushing').debug('not told at info');
    new Logger('pushing').error('broken', 'Error\n    at a place');
    tellError('a connection', 'not permitted');
    sayerOf('gateway', production, () => expect.unreachable())('Stopping ...');
  }).map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toMatchObject([
    { level: 'warn', app: 'gateway', context: 'pushing', message: 'two\nlines', trace_id: span.traceId },
    { level: 'error', app: 'gateway', message: 'broken', stack: 'Error\n    at a place' },
    { level: 'error', context: 'a connection', message: 'not permitted' },
    { level: 'info', context: 'gateway', message: 'Stopping ...' },
  ]);
  expect(lines[0]).toHaveProperty('span_id', span.spanId);
  expect(lines[1]).not.toHaveProperty('trace_id');
  for (const { time } of lines) expect(new Date(time as string).toISOString()).toBe(time);
  expect((await scrapedHere()).sum('odnix.log.lines')).toBe(before + 4);
});

it('are text for people, and where LOG_FORMAT says so', () => {
  for (const settings of [
    { ...production, nodeEnv: 'development' },
    { ...production, logFormat: 'text' },
  ]) {
    useLog('gateway', settings);
    expect(written(() => new Logger('pushing').warn('told'))[0]).toMatch(
      /^\[Nest\] .* WARN \[pushing\] told/,
    );
  }
  useLog('gateway', { ...production, logFormat: 'json', nodeEnv: 'test' });
  expect(written(() => new Logger('pushing').warn('told'))[0]).toMatch(/^\{/);
});
