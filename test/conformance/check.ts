/** One thing that the protocol promises and that can be seen from outside. */
import type { World } from './world.js';

/** Of the protocol. */
export const sections = {
  1: 'Transports and errors',
  2: 'Signing in',
  3: 'Sessions',
  4: 'Updates: the user’s own log',
  5: 'Chats and messages',
  6: 'Calls',
} as const;
export type Section = keyof typeof sections;

export interface Check {
  /** What it is called in reports and by `--only`. */
  readonly name: string;
  readonly section: Section;
  /** The sentence of the protocol that it proves. */
  readonly says: string;
  /** Throws what it saw instead. */
  run(world: World): Promise<void>;
}
