/** A process of the bench's own that is given one order after the other, and answers each. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { atEnd } from './clean-up.js';

type Answer = { readonly done: unknown } | { readonly failed: string };

export class Child {
  /** Kills it. */
  readonly end: () => Promise<void>;
  private readonly ended: Promise<never>;

  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
  ) {
    this.ended = once(child, 'exit').then(() => {
      throw new Error(`${name} has ended`);
    });
    this.ended.catch(() => undefined);
    this.end = atEnd(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    });
  }

  /** `program`: a TypeScript file; it is in a group of its own, so that Ctrl-C reaches the bench alone. */
  static start(name: string, program: string, env: Record<string, string> = {}): Child {
    return new Child(name, fork(program, { env: { ...process.env, ...env }, detached: true }));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  async ask<T>(order: unknown): Promise<T> {
    this.child.send(order as object);
    const [answer] = (await Promise.race([once(this.child, 'message'), this.ended])) as [Answer];
    if ('failed' in answer) throw new Error(`${this.name}: ${answer.failed}`);
    return answer.done as T;
  }
}
