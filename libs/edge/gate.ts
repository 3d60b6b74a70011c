/** Lets at most `slots` runs happen at a time; the others wait in order of arrival. */
export class Gate {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly slots: number) {}

  get waitingCount(): number {
    return this.waiting.length;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= this.slots) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running += 1;
    try {
      return await work();
    } finally {
      // A slot goes from hand to hand: whoever waits takes it over without giving others a chance between.
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }
}
