/**
 * Leaves all requests to other handlers for as long as a read model is read in a version that this code does not know: they are
 * newer, and a request that finds nobody waits for one. A request that comes before this has looked is refused, retryable.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Database } from '#db/database.js';
import { unknownLive, unknownText } from '#db/known-versions.js';
import type { QueryTransport } from './query-transport.js';

const look_every_ms = 1_000;

export class VersionWatch {
  private readonly logger = new Logger('QueryHandler');
  private readonly stopping = new AbortController();
  private watching: Promise<void> = Promise.resolve();
  private isAway = false;

  private constructor(
    private readonly db: Database,
    private readonly known: readonly string[],
    private readonly transport: QueryTransport,
  ) {}

  /** Resolves when it has looked, or Postgres did not answer. */
  static async start(
    db: Database,
    known: readonly string[],
    transport: QueryTransport,
  ): Promise<VersionWatch> {
    const watch = new VersionWatch(db, known, transport);
    await watch.look();
    watch.watching = watch.watch();
    return watch;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.watching;
  }

  private async watch(): Promise<void> {
    const { signal } = this.stopping;
    for (;;) {
      await pause(look_every_ms, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      await this.look();
    }
  }

  /** While Postgres does not answer, everything stays as it is. */
  private async look(): Promise<void> {
    const unknown = await unknownLive(this.db, this.known).catch(() => null);
    if (unknown === null || this.isAway === unknown.length > 0) return;
    this.isAway = unknown.length > 0;
    if (this.isAway) {
      await this.transport.leave();
      this.logger.error(`${unknown.map(unknownText).join('; ')}: requests are left to newer handlers`);
    } else {
      this.logger.warn('All that is read is known again: takes requests');
      this.transport.take();
    }
  }
}
