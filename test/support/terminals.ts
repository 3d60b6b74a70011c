/** People at terminals on one installation: each device has a directory of its own, kept from one life to the next. */
import { join } from 'node:path';
import { ChatTerminal } from './chat-terminal.js';
import { freshDirectory, removeRunDirectory } from './run-directory.js';

export interface Couple {
  readonly ann: ChatTerminal;
  readonly bob: ChatTerminal;
  readonly annsPhone: string;
  readonly bobsPhone: string;
}

export class Terminals {
  private readonly directory = freshDirectory();
  private readonly started: ChatTerminal[] = [];

  /** `lastPhone`: the numbers after it are nobody else's. */
  constructor(
    private readonly url: () => string,
    private lastPhone: number,
  ) {}

  freshPhone = (): string => `+${++this.lastPhone}`;

  start(phone: string, device = 'terminal', ...more: string[]): ChatTerminal {
    const data = join(this.directory, `${phone}-${device}`);
    const name = ['--name', `User${phone.slice(-3)}`];
    const args = [
      '--url',
      this.url(),
      '--phone',
      phone,
      '--device',
      device,
      '--data',
      data,
      ...name,
      ...more,
    ];
    this.started.push(new ChatTerminal(args));
    return this.started.at(-1)!;
  }

  /** Two people with their direct chat open on both sides. */
  async couple(): Promise<Couple> {
    const [annsPhone, bobsPhone] = [this.freshPhone(), this.freshPhone()];
    const ann = this.start(annsPhone);
    await ann.shows(/No chats yet/);
    const bob = this.start(bobsPhone, 'terminal', '--with', annsPhone);
    await bob.shows(/— User\d+ —/);
    await ann.shows(/New chat: User\d+/);
    ann.type('/open 1');
    await ann.shows(/— User\d+ —/);
    return { ann, bob, annsPhone, bobsPhone };
  }

  async kill(): Promise<void> {
    for (const terminal of this.started) await terminal.kill();
    removeRunDirectory(this.directory);
  }
}
