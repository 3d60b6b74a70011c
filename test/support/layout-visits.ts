/** Whose turn it is at what many may use at once, or one alone: in the order in which they came, so that nobody waits for ever. */
export class LayoutVisits {
  /** The last that was alone is over. */
  private aloneIsOver: Promise<unknown> = Promise.resolve();
  /** Of those who came since. */
  private readonly others: Promise<unknown>[] = [];

  /** Resolves when it is this one's turn, which ends with `over`. */
  async begin(alone: boolean, over: Promise<unknown>): Promise<void> {
    const before = this.aloneIsOver;
    if (!alone) {
      this.others.push(over);
      await before;
      return;
    }
    const all = Promise.all([before, ...this.others.splice(0)]);
    this.aloneIsOver = Promise.all([all, over]);
    await all;
  }
}
