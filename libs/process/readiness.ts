/** Whether a process can do its work now, asked of everything that it depends on. */

const check_ms_max = 2_000;
/** A report is given again for so long: health may be asked by many. */
const report_cache_ms = 1_000;

export interface Dependency {
  readonly status: 'ok' | 'down';
  /** Numbers and names of ours; never an error's text, which may hold addresses. */
  readonly detail?: string;
  /** False: what this process is for goes on without it. */
  readonly required?: false;
}

export interface ReadinessReport {
  readonly status: 'ok' | 'down';
  readonly dependencies: Readonly<Record<string, Dependency>>;
}

export type Check = () => Promise<Dependency>;

export interface Checks {
  /** Without any of these the process is not ready. */
  readonly required: Readonly<Record<string, Check>>;
  /** Told, but ready without. */
  readonly optional?: Readonly<Record<string, Check>>;
}

/** What tells readiness: of this process, or of a whole system in one. */
export interface ReadinessSource {
  report(): Promise<ReadinessReport>;
}

export const ok: Dependency = { status: 'ok' };
export const down = (detail: string): Dependency => ({ status: 'down', detail });

export const isTrue =
  (ask: () => Promise<boolean> | boolean, otherwise: string): Check =>
  async () =>
    (await ask()) ? ok : down(otherwise);

export class Readiness implements ReadinessSource {
  private cached: { readonly untilMs: number; readonly report: Promise<ReadinessReport> } | undefined;

  constructor(private checks: Checks) {}

  /** From now on. */
  become(checks: Checks): void {
    this.checks = checks;
    this.cached = undefined;
  }

  report(): Promise<ReadinessReport> {
    if (!this.cached || this.cached.untilMs < Date.now()) {
      this.cached = { untilMs: Date.now() + report_cache_ms, report: look(this.checks) };
    }
    return this.cached.report;
  }
}

/** One line; empty when nothing is missing. */
export const describeMissing = ({ dependencies }: ReadinessReport): string =>
  Object.entries(dependencies)
    .filter(([, { status }]) => status === 'down')
    .map(([name, { detail }]) => `${name}: ${detail}`)
    .join('; ');

async function look({ required, optional = {} }: Checks): Promise<ReadinessReport> {
  const needed = Object.entries(required).map(async ([name, check]) => [name, await within(check)] as const);
  const told = Object.entries(optional).map(
    async ([name, check]) => [name, { ...(await within(check)), required: false }] as const,
  );
  const [answers, more] = await Promise.all([Promise.all(needed), Promise.all(told)]);
  const isOk = answers.every(([, { status }]) => status === 'ok');
  return { status: isOk ? 'ok' : 'down', dependencies: Object.fromEntries([...answers, ...more]) };
}

async function within(check: Check): Promise<Dependency> {
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
