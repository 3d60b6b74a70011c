import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whenAllSent } from '../waiting.js';
import type { DeviceOptions } from '../device.js';
import { Actor } from './actor.js';
import { Failure } from './failure.js';
import { perform } from './perform.js';
import { enterStage, type Stage } from './stage.js';
import type { Step } from './steps.js';
import { Transcript } from './transcript.js';

/** At the end, how long what was written may still take to be sent. */
const last_sends_ms = 30_000;

export interface PlayOptions {
  readonly url: string;
  /** Where the actors' devices are kept; null: nowhere, they are forgotten at the end. */
  readonly directory: string | null;
  /** Before each line that is typed, for those who watch. */
  readonly paceMs: number;
  /** The person of the command line, whose lines have no name. */
  readonly own: DeviceOptions | null;
  /** Rejects when nobody wants to see more. */
  readonly interrupted: Promise<never>;
}

/** Plays the steps. Resolves with the failure, or null when everything came as the script says. */
export async function playScript(steps: readonly Step[], options: PlayOptions): Promise<Failure | null> {
  const { url, paceMs, own } = options;
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'odnix-chat-'));
  const transcript = new Transcript();
  const stage: Stage = { url, directory, paceMs, transcript, actors: new Map() };
  for (const step of steps) if ('name' in step) transcript.introduce(step.name);
  try {
    await Promise.race([play(stage, steps, own), options.interrupted]);
    return null;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  } finally {
    for (const actor of stage.actors.values()) await actor.stop();
    if (options.directory === null) rmSync(directory, { recursive: true, force: true });
  }
}

async function play(stage: Stage, steps: readonly Step[], own: DeviceOptions | null): Promise<void> {
  if (own) await enterStage(stage, new Actor('', own, stage.transcript));
  for (const step of steps) await perform(stage, step);
  await finish(stage);
}

/** Nothing may be left unsent, and no alarm unexpected. */
async function finish({ actors }: Stage): Promise<void> {
  for (const actor of actors.values()) {
    const who = actor.name === '' ? 'somebody' : actor.name;
    if (actor.isRunning && !actor.holds('offline'))
      await whenAllSent(actor.desk.terminal.client, last_sends_ms);
    if (actor.screen.alarm !== undefined)
      throw new Failure(`at the end: ${who} was told something that no “expect” was for:`, [
        actor.screen.alarm,
      ]);
    if (actor.outboxSize > 0)
      throw new Failure(`at the end: ${actor.outboxSize} of ${who}'s messages were not sent.`, []);
  }
}
