/**
 * One process of a cluster through all its lives: started, and started again whenever it ends by itself, until it is
 * stopped or killed on purpose.
 */
import { setTimeout as pause } from 'node:timers/promises';

const back_off_ms_min = 250;
const back_off_ms_max = 10_000;
/** Who served so long has nothing to do with why it ended before. */
const steady_ms = 30_000;

export interface RunningProcess {
  readonly pid: number;
  /** Rejects when it ends before it can serve. */
  readonly ready: Promise<void>;
  readonly exited: Promise<void>;
  /** Politely, and by SIGKILL when that takes too long. */
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** What a process is started as; the same in all its lives. */
export interface Place {
  readonly name: string;
  /** Where it listens; empty when nobody connects to it. */
  readonly address: string;
  readonly health?: string;
  /** Resolves as soon as the process exists; need not, once it is aborted. */
  launch(life: AbortSignal): Promise<RunningProcess>;
}

export class Member {
  /** Serves, and was not told to stop. */
  isReady = false;
  /** From one start to the next stop; aborted: it stays down. */
  private life: AbortController | undefined;
  private launching: Promise<RunningProcess> | undefined;
  private process: RunningProcess | undefined;
  private backOff_ms = back_off_ms_min;

  constructor(
    readonly place: Place,
    private readonly say: (line: string) => void,
    private readonly waitBeforeAgain = waitUnlessAborted,
  ) {}

  get name(): string {
    return this.place.name;
  }

  get pid(): number | null {
    return this.process?.pid ?? null;
  }

  /** Resolves when it is ready; rejects, and leaves it down, when it ends before. */
  async start(): Promise<void> {
    if (this.life?.signal.aborted === false) throw new Error(`${this.name} was started before.`);
    const life = new AbortController();
    this.life = life;
    try {
      await this.launch(life.signal);
    } catch (error) {
      life.abort();
      throw error;
    }
  }

  /** Stays down until it is started again. Resolves when it is gone. */
  async stop(): Promise<void> {
    await (await this.endLife())?.stop();
  }

  /** SIGKILL. Stays down until it is started again. Resolves when it is gone. */
  async kill(): Promise<void> {
    await (await this.endLife())?.kill();
  }

  /** What is just being launched cannot be signalled yet: that is waited for. */
  private async endLife(): Promise<RunningProcess | undefined> {
    this.life?.abort();
    this.isReady = false;
    await this.launching?.catch(() => undefined);
    return this.process;
  }

  private async launch(life: AbortSignal): Promise<void> {
    this.launching = this.place.launch(life);
    const process = await this.launching;
    this.process = process;
    void process.exited.then(() => this.forget(process));
    await process.ready;
    if (this.process !== process) throw new Error('It has ended.');
    this.isReady = !life.aborted;
    const readyAt_ms = Date.now();
    void process.exited.then(() => this.startAgain(life, Date.now() - readyAt_ms));
  }

  private forget(process: RunningProcess): void {
    if (this.process !== process) return;
    this.process = undefined;
    this.isReady = false;
  }

  private async startAgain(life: AbortSignal, served_ms: number): Promise<void> {
    if (served_ms > steady_ms) this.backOff_ms = back_off_ms_min;
    for (let what = 'has ended'; !life.aborted;) {
      this.say(`${this.name} ${what}; starting it again in ${this.backOff_ms} ms.`);
      await this.waitBeforeAgain(this.backOff_ms, life);
      if (life.aborted) return;
      this.backOff_ms = Math.min(2 * this.backOff_ms, back_off_ms_max);
      try {
        await this.launch(life);
        return this.say(`${this.name} is ready again (process ${this.pid}).`);
      } catch (error) {
        what = `did not start (${(error as Error).message})`;
      }
    }
  }
}

async function waitUnlessAborted(wait_ms: number, signal: AbortSignal): Promise<void> {
  await pause(wait_ms, undefined, { signal }).catch(() => undefined);
}
