/**
 * Waits until read models have reached a position: one look at all positions serves everybody who waits, and nobody
 * looks while nobody waits.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '#db/database.js';
import { knownVersions } from '#db/known-versions.js';
import { readSnapshot, type Snapshot } from '#db/snapshot.js';
import { timelinePositions } from '#projections/user-log/timeline-query.js';
import type { UserLogSchema } from '#projections/user-log/rows.js';
import { isCovered, type Needs, type Positions } from './needs.js';
import { Refusal } from '#protocol/refusal.js';

const poll_ms = 10;
const waiting_max = 4_096;

interface Waiting {
  readonly needs: Needs;
  readonly deadline_ms: number;
  settle(outcome: boolean | Error): void;
}

export class PositionWatch {
  private readonly waiting = new Set<Waiting>();
  private isLooking = false;

  constructor(
    private readonly db: Database,
    /** To whoever folds this stream: somebody waits for what stands in it. */
    private readonly tellAwaited: (stream: string) => void,
    private readonly known = knownVersions,
  ) {}

  /** True once covered, false at the deadline (`performance.now()`); throws when Postgres does not answer. */
  async until(needs: Needs, deadline_ms: number): Promise<boolean> {
    if (this.waiting.size >= waiting_max) throw new Refusal('BUSY', { retry_after_ms: 1_000 });
    const outcome = new Promise<boolean | Error>((resolve) => {
      this.waiting.add({ needs, deadline_ms, settle: resolve });
    });
    if (!this.isLooking) void this.look();
    const settled = await outcome;
    if (settled instanceof Error) throw settled;
    return settled;
  }

  private async look(): Promise<void> {
    this.isLooking = true;
    while (this.waiting.size > 0) {
      for (const stream of this.awaited()) this.tellAwaited(stream);
      await pause(poll_ms);
      try {
        const positions = await this.positions();
        for (const one of this.waiting) this.judge(one, positions);
      } catch (error) {
        for (const one of this.waiting) this.settle(one, error as Error);
      }
    }
    this.isLooking = false;
  }

  private awaited(): Set<string> {
    const needs = [...this.waiting].map((one) => one.needs);
    const streams = needs.flatMap(({ projected, logged }) => [
      ...projected.map(({ stream }) => stream),
      ...logged.map(({ user_stream }) => user_stream),
    ]);
    return new Set(streams);
  }

  private judge(one: Waiting, positions: Positions): void {
    if (isCovered(one.needs, positions)) this.settle(one, true);
    else if (performance.now() >= one.deadline_ms) this.settle(one, false);
  }

  private settle(one: Waiting, outcome: boolean | Error): void {
    this.waiting.delete(one);
    one.settle(outcome);
  }

  private async positions(): Promise<Positions> {
    const userStreams = [...this.waiting].flatMap(({ needs }) =>
      needs.logged.map((need) => need.user_stream),
    );
    const read = async (snapshot: Snapshot): Promise<Positions> => {
      const tables = snapshot.tables<UserLogSchema>('user_log');
      const logged = await timelinePositions(tables, [...new Set(userStreams)]);
      return {
        coveredTo: (projection, stream) => snapshot.coveredTo(projection, stream),
        loggedTo: (userStream, source) => logged.get(`${userStream} ${source}`) ?? 0,
      };
    };
    const projections = ['chats', 'accounts', 'user_log', 'search', 'receipts'];
    return readSnapshot(this.db, projections, read, this.known);
  }
}
