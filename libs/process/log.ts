import { ConsoleLogger, Logger, type LogLevel } from '@nestjs/common';
import { counter } from '#observability/metrics.js';
import { tellErrorsBy } from '#observability/tell-error.js';
import { activeSpan } from '#observability/trace.js';

export interface LogSettings {
  /** The least severe that is written. */
  readonly logLevel: string;
  /** `auto`: JSON in production, text elsewhere. */
  readonly logFormat: string;
  readonly nodeEnv: string;
}

const writesJson = ({ logFormat, nodeEnv }: Omit<LogSettings, 'logLevel'>): boolean =>
  logFormat === 'json' || (logFormat === 'auto' && nodeEnv === 'production');

/**
 * For the whole process. To be called again after each Nest application that was made: Nest takes whatever logger the
 * application made last was given for all of the process. `app`: named in each line of JSON.
 */
export function useLog(app: string, settings: LogSettings): void {
  Logger.overrideLogger(new ProcessLogger(app, levelsFrom(settings.logLevel), writesJson(settings)));
  tellErrorsBy((from, line) => new Logger(from).error(line));
}

/** What is said to people at a terminal: plain lines, or lines of the log where programs read them. */
export function sayerOf(
  app: string,
  settings: LogSettings,
  plain: (line: string) => void,
): (line: string) => void {
  if (!writesJson(settings)) return plain;
  const logger = new Logger(app);
  return (line) => logger.log(line);
}

/** Nest's names of the levels from the given one up; none for `silent`. */
function levelsFrom(level: string): LogLevel[] {
  const levels = ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'] as const;
  const from = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'].indexOf(level);
  return from === -1 ? [] : levels.slice(from);
}

/** As the rest of the world calls them. */
const levelNames = {
  verbose: 'debug',
  debug: 'debug',
  log: 'info',
  warn: 'warn',
  error: 'error',
  fatal: 'fatal',
} as const satisfies Record<LogLevel, string>;

const lines = {
  debug: counter('odnix.log.lines', { level: 'debug' }),
  info: counter('odnix.log.lines', { level: 'info' }),
  warn: counter('odnix.log.lines', { level: 'warn' }),
  error: counter('odnix.log.lines', { level: 'error' }),
  fatal: counter('odnix.log.lines', { level: 'fatal' }),
};

/** Nest's, whose lines of JSON name the app and the trace that is worked in; every line is counted. */
class ProcessLogger extends ConsoleLogger {
  constructor(
    private readonly app: string,
    logLevels: LogLevel[],
    json: boolean,
  ) {
    super({ logLevels, json, colors: !json && process.stdout.isTTY === true });
  }

  protected override printMessages(
    messages: unknown[],
    context?: string,
    level: LogLevel = 'log',
    output?: 'stdout' | 'stderr',
    stack?: unknown,
    params?: Record<string, unknown>,
  ): void {
    lines[levelNames[level]].add(messages.length);
    super.printMessages(messages, context, level, output, stack, params);
  }

  protected override stringifyJsonLogObject({ level, timestamp, ...rest }: Record<string, unknown>): string {
    const span = activeSpan();
    const place = span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId };
    const time = new Date(timestamp as number).toISOString();
    const shown = { time, level: levelNames[level as LogLevel], app: this.app, ...place, ...rest };
    return super.stringifyJsonLogObject(shown);
  }
}
