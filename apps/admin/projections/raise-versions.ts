/**
 * Versions of read models that came with a release, raised by the installation itself (docs/adr/0028): begun, filled by projectors
 * beside what is read, verified, and read from then on. What is known of them stands in the tables alone, so whoever goes on after
 * a kill goes on where it was.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { grantRoles } from '#db/roles.js';
import { Lease } from '#streams/lease.js';
import { isSomebodyChanging } from '../changing-lease.js';
import type { AnyOperation } from '../operation.js';
import { runOperation, type Means } from '../run-operation.js';
import { Attempts } from './attempts.js';
import { beginVersionOf } from './begin-version.js';
import { dueVersions, type DueVersions } from './due-versions.js';
import { isFilled } from './finish-builds.js';
import type { KnownReadModels } from './known-read-models.js';
import { rebuildOf } from './rebuild.js';

const lease_key = 'admin.versions';
const release_ms_max = 2_000;
const look_every_ms = 10_000;
/** While something is being filled. */
const look_at_fill_every_ms = 1_000;

export interface RaisingOptions {
  readonly means: Omit<Means, 'signal' | 'progress' | 'say'>;
  readonly known: KnownReadModels;
  /** Told in the reason that is kept of each step. */
  readonly release: string;
  readonly log: (line: string) => void;
  readonly error: (line: string) => void;
}

export interface RaisingVersions {
  /** Leaves what is being filled to whoever comes next. */
  stop(): Promise<void>;
}

interface Step {
  readonly projection: string;
  take(signal: AbortSignal): Promise<void>;
}

export function startRaisingVersions(options: RaisingOptions): RaisingVersions {
  const stopping = new AbortController();
  const ended = new Raising(options).run(stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}

class Raising {
  private readonly attempts: Attempts;
  private readonly told = new Set<string>();

  constructor(private readonly options: RaisingOptions) {
    this.attempts = new Attempts(options.error);
  }

  /** Resolves when it is told to stop. */
  async run(signal: AbortSignal): Promise<void> {
    const look = async (): Promise<void> => {
      if ((await this.steps()).length > 0) await this.alone(signal, (held) => this.raise(held));
    };
    while (!signal.aborted) {
      if (this.attempts.mayTry('versions'))
        await this.attempts.make('versions', look, signal).catch(() => undefined);
      await pause(look_every_ms, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Until nothing is left that can be done now. */
  private async raise(signal: AbortSignal): Promise<void> {
    // Whoever made a build may have been killed before it granted what belongs to it.
    await grantRoles(this.options.means.db);
    for (;;) {
      const steps = await this.steps();
      if (steps.length === 0) return;
      for (const { projection, take } of steps)
        await this.attempts.make(projection, () => take(signal), signal);
      await pause(look_at_fill_every_ms, undefined, { signal });
    }
  }

  /** Of projections that do not rest after a failure. */
  private async steps(): Promise<readonly Step[]> {
    const { means, known, release } = this.options;
    const { toBegin, filling, differing } = await dueVersions(means.db, known.projections);
    this.tellOf(differing);
    const begin = toBegin.map(({ name, version }): Step => ({
      projection: name,
      take: (signal) =>
        this.ask(beginVersionOf(known), name, `version ${version} came with ${release}`, signal),
    }));
    const finish = filling.map((build): Step => ({
      projection: build.projection,
      take: async (signal) => {
        const { projection, version } = build;
        const reason = `version ${version}, which came with ${release}, has come up to what is read`;
        if (await isFilled(means, build)) await this.ask(rebuildOf(known), projection, reason, signal);
      },
    }));
    return [...begin, ...finish].filter(({ projection }) => this.attempts.mayTry(projection));
  }

  /** As an operator would, so that it is kept who did what. Where one changes things now it comes later. */
  private async ask(
    operation: AnyOperation,
    projection: string,
    reason: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { means, log } = this.options;
    if (await isSomebodyChanging(means.nats)) return;
    const caller = { name: 'system', role: 'operator', via: 'system' } as const;
    const watching = { signal, say: log, progress: () => undefined };
    await runOperation({ operation, given: { projection }, reason, caller }, { ...means, ...watching });
  }

  /** Once a process; `projections list` shows it always. */
  private tellOf(differing: DueVersions['differing']): void {
    for (const { projection, version, schema } of differing.filter((one) => !this.told.has(one.schema))) {
      this.told.add(schema);
      this.options.error(
        `${projection}: version ${version} (${schema}) is not what the streams say, so the version before is read on, and nothing more is ` +
          'tried by itself. docs/versions.md says what to do',
      );
    }
  }

  /** One process at a time; where another is at it, this does nothing. */
  private async alone(signal: AbortSignal, act: (held: AbortSignal) => Promise<void>): Promise<void> {
    const lost = new AbortController();
    const lease = await Lease.acquire(this.options.means.nats, {
      key: lease_key,
      holder: `system-${randomUUID()}`,
      onLost: () => lost.abort(new Error('another process raises versions')),
    });
    if (lease === null) return;
    try {
      await act(AbortSignal.any([signal, lost.signal]));
    } catch (error) {
      if (!lost.signal.aborted) throw error;
    } finally {
      await Promise.race([lease.release(), pause(release_ms_max, undefined, { ref: false })]);
    }
  }
}
