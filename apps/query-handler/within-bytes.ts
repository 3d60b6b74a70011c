/** NATS carries 1 MiB a message; the rest is for what stands around the items. */
export const answer_bytes_max = 786_432;

/** As many of the first items as fit, at least one: the others are another page. */
export const withinBytes = <T>(items: readonly T[], bytes_max = answer_bytes_max): T[] =>
  new AnswerRoom(bytes_max).take(items);

/** The bytes of one answer, given to several lists one after the other. */
export class AnswerRoom {
  private bytes = 0;

  constructor(private readonly bytes_max = answer_bytes_max) {}

  get isFull(): boolean {
    return this.bytes >= this.bytes_max;
  }

  /** As many of the first items as there is room for; the first of all there is always room for. */
  take<T>(items: readonly T[]): T[] {
    const over = items.findIndex((item) => !this.fits(Buffer.byteLength(JSON.stringify(item))));
    return over === -1 ? [...items] : items.slice(0, over);
  }

  /** What does not fit fills it: nothing smaller takes its place. */
  private fits(bytes: number): boolean {
    const isOver = this.bytes > 0 && this.bytes + bytes > this.bytes_max;
    this.bytes = isOver ? this.bytes_max : this.bytes + bytes;
    return !isOver;
  }
}
