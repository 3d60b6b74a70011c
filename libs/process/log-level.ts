import { ConsoleLogger, Logger, type LogLevel } from '@nestjs/common';

/**
 * For the whole process. To be called again after each Nest application that was made: Nest takes whatever logger the
 * application made last was given for all of the process.
 */
export function useLogLevel(level: string): void {
  Logger.overrideLogger(
    new ConsoleLogger({ logLevels: levelsFrom(level), colors: process.stdout.isTTY === true }),
  );
}

/** Nest's names of the levels from the given one up; none for `silent`. */
function levelsFrom(level: string): LogLevel[] {
  const levels = ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'] as const;
  const from = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'].indexOf(level);
  return from === -1 ? [] : levels.slice(from);
}
