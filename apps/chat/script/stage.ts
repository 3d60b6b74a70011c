import type { Actor } from './actor.js';
import type { Transcript } from './transcript.js';

/** Everybody who has appeared so far, and where. */
export interface Stage {
  readonly url: string;
  /** Where the actors' devices are kept, each in a directory of its name. */
  readonly directory: string;
  /** Before each line that is typed, for those who watch. */
  readonly paceMs: number;
  readonly transcript: Transcript;
  readonly actors: Map<string, Actor>;
}

export async function enterStage(stage: Stage, actor: Actor): Promise<void> {
  stage.actors.set(actor.name, actor);
  await actor.start();
}
