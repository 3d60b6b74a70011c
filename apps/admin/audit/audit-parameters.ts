import { isUuid } from '#domain/kernel/ids.js';
import type { AuditResult } from './audit-result.js';
import { durationMs } from '../durations.js';
import type { Parameter } from '../operation.js';
import { fieldOf, WrongParameter } from '../parameters.js';

export const rows_default = 500;
export const rows_max = 10_000;
const lines_max = 1_000_000_000;

export interface CommonParams {
  readonly from?: number;
  readonly to?: number;
  readonly limit?: number;
  readonly lines?: boolean;
  /** True: where the settings say. */
  readonly jaeger?: string | true | false;
}

const uuid = (text: string): string | undefined => (isUuid(text) ? text : undefined);

export const idParameter = (name: string, help: string): Parameter => ({
  name,
  value: 'id',
  help,
  required: true,
  positional: true,
  parse: uuid,
  expected: 'a UUID',
});

export const moment_expected =
  'a moment as 2026-01-31 or 2026-01-31T12:00:00.000Z (of UTC, or with its zone), or how long ago as 30m, 12h or 7d';

/** A day of UTC, a moment to the millisecond, or that long ago. */
export function momentMs(text: string): number | undefined {
  const ago = durationMs(text);
  if (ago !== undefined) return Date.now() - ago;
  const isMoment = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  const ms = isMoment ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

export const commonParameters: readonly Parameter[] = [
  {
    name: 'from',
    value: 'moment',
    help: 'what was stored then or later',
    parse: momentMs,
    expected: moment_expected,
  },
  {
    name: 'to',
    value: 'moment',
    help: 'what was stored then or before',
    parse: momentMs,
    expected: moment_expected,
  },
  {
    name: 'limit',
    value: 'count',
    help: `so many facts, and what was stored in the same millisecond (default: ${rows_default}; with --jaeger ${rows_max}, with --lines all)`,
    parse: (text) => (/^[1-9]\d{0,9}$/.test(text) && Number(text) <= lines_max ? Number(text) : undefined),
    expected: `1 to ${rows_max}; with lines, to ${lines_max}`,
  },
  {
    name: 'lines',
    help: 'writes JSON lines chained by hash, which anybody can check (docs/audit.md); without text, always',
  },
  {
    name: 'jaeger',
    value: 'endpoint',
    isValueOptional: true,
    private: true,
    help: 'writes it as spans instead, by OTLP, there or to OTEL_EXPORTER_OTLP_ENDPOINT; again, they are the same spans',
    parse: (text) => (/^https?:$/.test(URL.parse(text)?.protocol ?? '') ? text : undefined),
    expected: 'a URL such as http://127.0.0.1:4318',
  },
];

/** What does not go together. */
export function checkCommon({ from, to, limit, lines, jaeger }: CommonParams): void {
  if (lines && jaeger) throw new WrongParameter('jaeger', 'only without lines');
  if (from !== undefined && to !== undefined && from > to)
    throw new WrongParameter('from', 'not later than to');
  if (!lines && limit !== undefined && limit > rows_max)
    throw new WrongParameter('limit', `1 to ${rows_max}, or lines`);
}

export function limitOf({ limit, lines, jaeger }: CommonParams): number {
  if (limit !== undefined) return limit;
  if (lines) return Number.MAX_SAFE_INTEGER;
  return jaeger ? rows_max : rows_default;
}

export const timesOf = ({ from = 0, to = Number.MAX_SAFE_INTEGER }: CommonParams) => ({
  from_ms: from,
  to_ms: to,
});

/** By field, as the head of an export tells it. */
export function askedOf(
  parameters: readonly Parameter[],
  params: Readonly<Record<string, unknown>>,
): Record<string, string | number> {
  const pairs = parameters.flatMap((parameter): [string, string | number][] => {
    const value = params[parameter.name];
    return typeof value === 'string' || typeof value === 'number' ? [[fieldOf(parameter), value]] : [];
  });
  return Object.fromEntries(pairs);
}

/** With the end of the action in ADMIN: what an export ended with is compared with it. */
export const keptOf = ({ count, export: lines }: AuditResult): Readonly<Record<string, string | number>> =>
  lines === undefined ? { facts: count } : { facts: count, final_hash: lines.final_hash };
