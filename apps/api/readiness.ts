import type { NatsConnection } from '@nats-io/nats-core';
import { sql } from 'kysely';
import type { Database } from '#db/database.js';
import {
  command_ranges_count,
  commandSubject,
  families,
  querySubject,
  type CommandTarget,
} from '#streams/subjects.js';

const check_ms_max = 2_000;
/** A report is given again for so long: health may be asked by many. */
const report_cache_ms = 1_000;
/** Further behind than this, queries about what was just seen time out. */
const projector_lag_messages_max = 10_000;

export interface Dependency {
  readonly status: 'ok' | 'down';
  /** Numbers and names of ours; never an error's text, which may hold addresses. */
  readonly detail?: string;
}
export interface ReadinessReport {
  readonly status: 'ok' | 'down';
  readonly dependencies: Readonly<Record<string, Dependency>>;
}

const ok: Dependency = { status: 'ok' };
const down = (detail: string): Dependency => ({ status: 'down', detail });

/** Whether everything that a request may need answers now. */
export class Readiness {
  private cached: { readonly untilMs: number; readonly report: Promise<ReadinessReport> } | undefined;

  constructor(
    private readonly nats: NatsConnection,
    private readonly db: Database,
    private readonly streamsPerFamily: number,
  ) {}

  report(): Promise<ReadinessReport> {
    if (!this.cached || this.cached.untilMs < Date.now()) {
      this.cached = { untilMs: Date.now() + report_cache_ms, report: this.look() };
    }
    return this.cached.report;
  }

  private async look(): Promise<ReadinessReport> {
    const checks = {
      nats: () => this.nats.flush().then(() => ok),
      postgres: () => sql`select 1`.execute(this.db).then(() => ok),
      streams: () => this.streams(),
      'command-handler': () => this.commandRanges(),
      'query-handler': () =>
        this.answers(querySubject('users.get')).then((does) => (does ? ok : down('no answer'))),
      projector: () => this.projectorLag(),
    };
    const results = Object.entries(checks).map(async ([name, check]) => [name, await within(check)] as const);
    const dependencies = Object.fromEntries(await Promise.all(results));
    const isOk = Object.values(dependencies).every(({ status }) => status === 'ok');
    return { status: isOk ? 'ok' : 'down', dependencies };
  }

  private async streams(): Promise<Dependency> {
    const missing = (await this.lastSequences()).filter(([, last]) => last === null);
    return missing.length === 0 ? ok : down(`missing: ${missing.map(([stream]) => stream).join(', ')}`);
  }

  /** A request that no handler can carry out: whoever serves the range refuses it, and so is there. */
  private async commandRanges(): Promise<Dependency> {
    const ranges = (['chat', 'account'] as const satisfies CommandTarget[]).flatMap((target) =>
      Array.from({ length: command_ranges_count }, (_, range) => commandSubject(target, range)),
    );
    const answering = await Promise.all(ranges.map((subject) => this.answers(subject)));
    const silent = answering.filter((does) => !does).length;
    return silent === 0 ? ok : down(`${silent} of ${ranges.length} ranges do not answer`);
  }

  private async projectorLag(): Promise<Dependency> {
    const [lasts, { rows }] = await Promise.all([
      this.lastSequences(),
      sql<{ stream: string; sequence: number }>`
        select c.stream, min(c.sequence) as sequence
        from odnix.checkpoints c join odnix.projections p on p.name = c.projection and p.live_version = c.version
        group by c.stream
      `.execute(this.db),
    ]);
    const lastOf = new Map(lasts);
    const lags = rows.map(({ stream, sequence }) => (lastOf.get(stream) ?? 0) - sequence);
    const lag = Math.max(0, ...lags);
    return lag <= projector_lag_messages_max ? ok : down(`${lag} messages behind`);
  }

  /** Null: there is no such stream. */
  private lastSequences(): Promise<(readonly [string, number | null])[]> {
    const names = families.flatMap((family) =>
      Array.from({ length: this.streamsPerFamily }, (_, index) => `${family}_${index}`),
    );
    return Promise.all(
      names.map(async (name) => {
        const answer = await this.nats.request(`$JS.API.STREAM.INFO.${name}`, '', { timeout: check_ms_max });
        return [name, answer.json<{ state?: { last_seq: number } }>().state?.last_seq ?? null] as const;
      }),
    );
  }

  private answers(subject: string): Promise<boolean> {
    return this.nats.request(subject, '{}', { timeout: check_ms_max }).then(
      () => true,
      () => false,
    );
  }
}

async function within(check: () => Promise<Dependency>): Promise<Dependency> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Dependency>((resolve) => {
    timer = setTimeout(() => resolve(down(`no answer within ${check_ms_max} ms`)), check_ms_max);
  });
  try {
    return await Promise.race([check(), late]);
  } catch {
    return down('does not answer');
  } finally {
    clearTimeout(timer);
  }
}
