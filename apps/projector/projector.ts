/** All builds that this process folds: as they come and go, while it runs. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { NatsConnection, Subscription } from '@nats-io/nats-core';
import { listBuilds, type Build } from '#db/builds.js';
import type { Database } from '#db/database.js';
import { forgetStop, listHolds, tellStopped, type Hold } from '#db/holds.js';
import { observe } from '#observability/metrics.js';
import type { Projection } from '#projections/define-projection.js';
import { projections } from '#projections/registry.js';
import { awaitedOfSubject, awaitedSubjects } from '#streams/subjects.js';
import { describe } from './failure.js';
import type { gatheringMs } from './gathering.js';
import type { RunnerState } from './runner.js';
import { SharedBuild, type HoldChanges } from './shared-build.js';
import { Turns } from './turns.js';

/** Builds come and go by an operator's command, who waits. */
const look_every_ms = 1_000;

export interface ProjectorOptions {
  readonly nats: NatsConnection;
  readonly db: Database;
  /** Batches folded at once into what queries read, and may read again. */
  readonly transactions_max: number;
  /** Into what is being filled, beside those. */
  readonly fill_transactions_max: number;
  readonly streamsPerFamily: number;
  /** Names of projections; all of them unless given. */
  readonly only?: readonly string[];
  /** In the versions that it folds; those of this release unless given. */
  readonly projections?: readonly Projection[];
  readonly gatheringMs?: typeof gatheringMs;
}

export class Projector {
  private readonly logger = new Logger('Projector');
  private readonly shared = new Map<string, SharedBuild>();
  private readonly live: Turns;
  private readonly filling: Turns;
  private readonly member = randomUUID();
  private readonly stopping = new AbortController();
  private builds: ReadonlyMap<string, Build> = new Map();
  private following: Promise<void> = Promise.resolve();
  private failure: string | null = null;
  private unobserve: () => void = () => undefined;
  private awaited: Subscription | undefined;

  constructor(readonly options: ProjectorOptions) {
    this.live = new Turns(options.transactions_max);
    this.filling = new Turns(options.fill_transactions_max);
  }

  /** Resolves when it has looked which builds there are, or could not. */
  async start(): Promise<void> {
    const { nats } = this.options;
    this.awaited = nats.subscribe(awaitedSubjects, {
      callback: (error, { subject }) => void (error ?? this.hurry(awaitedOfSubject(subject))),
    });
    this.unobserve = observe('odnix.projector.streams', () => this.streamCounts());
    await this.look();
    this.following = this.follow();
  }

  get states(): RunnerState[] {
    return [...this.shared.values()].flatMap(({ states }) => states);
  }

  /** Whether nothing was stopped by what it cannot fold, of what queries read. */
  get isReady(): boolean {
    return this.states.every(({ status, schema }) => status !== 'stopped' || !this.isRead(schema));
  }

  async stop(): Promise<void> {
    this.unobserve();
    this.awaited?.unsubscribe();
    this.stopping.abort();
    await this.following;
    await Promise.all([...this.shared.values()].map((one) => one.stop()));
  }

  private hurry(stream: string): void {
    for (const one of this.shared.values()) one.awaited(stream);
  }

  private streamCounts() {
    return this.states.map(({ schema, status }) => [{ read_model: schema, status }, 1] as const);
  }

  private async follow(): Promise<void> {
    const { signal } = this.stopping;
    for (;;) {
      await pause(look_every_ms, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      await this.look();
    }
  }

  /** While Postgres does not answer, those that are known go on. */
  private async look(): Promise<void> {
    try {
      const builds = (await listBuilds(this.options.db)).filter((build) => this.isOurs(build));
      this.builds = new Map(builds.map((build) => [build.schema, build]));
      await this.heed(await listHolds(this.options.db));
      this.failure = null;
    } catch (error) {
      const failure = describe(error);
      if (failure !== this.failure) this.logger.warn(`which builds there are, and what is held: ${failure}`);
      this.failure = failure;
    }
  }

  private async heed(holds: readonly Hold[]): Promise<void> {
    const gone = [...this.shared].filter(([schema]) => !this.builds.has(schema));
    for (const [schema] of gone) this.shared.delete(schema);
    await Promise.all(gone.map(([, one]) => one.stop()));
    for (const build of this.builds.values()) {
      const held = holds.filter(({ schema }) => schema === build.schema);
      const one = this.shared.get(build.schema);
      if (one) await this.tell(one, await one.heed(held));
      else await this.begin(build, held);
    }
  }

  private async tell(build: SharedBuild, { stopped, passed }: HoldChanges): Promise<void> {
    const { db } = this.options;
    for (const state of stopped) {
      await tellStopped(db, state, state.stoppedAt!, state.failure!);
      build.hasTold(state);
    }
    for (const state of passed) await forgetStop(db, state, state.sequence);
  }

  /** Of a version that this release knows; another's builds are left to its processes. */
  private isOurs({ projection, version }: Build): boolean {
    const chosen = this.options.only?.includes(projection) ?? true;
    return chosen && this.projectionOf({ projection, version }) !== undefined;
  }

  private projectionOf(build: Pick<Build, 'projection' | 'version'>): Projection | undefined {
    const { projections: known = projections } = this.options;
    return known.find(({ name, version }) => name === build.projection && version === build.version);
  }

  private async begin(listed: Build, holds: readonly Hold[]): Promise<void> {
    const { nats, db, streamsPerFamily, gatheringMs } = this.options;
    const { schema } = listed;
    const build = { schema, projection: this.projectionOf(listed)! };
    const turns = () => (this.isRead(schema) ? this.live : this.filling);
    const state = () => this.builds.get(schema)?.state;
    const context = { nats, db, turns, state, ...(gatheringMs ? { gatheringMs } : {}) };
    const one = new SharedBuild({ ...context, build, streamsPerFamily, member: this.member });
    this.shared.set(schema, one);
    await one.heed(holds);
    one.start();
  }

  private isRead = (schema: string): boolean => {
    const state = this.builds.get(schema)?.state;
    return state === 'live' || state === 'kept';
  };
}
