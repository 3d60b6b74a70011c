/** Something that a client waits at, and that can be told to end. */
interface Stream {
  drain(): void;
}

/** The requests for updates that are under way, ended in good order when the gateway goes down. */
export class OpenStreams {
  isDraining = false;
  private readonly streams = new Set<Stream>();
  private readonly empty = Promise.withResolvers<void>();

  add(stream: Stream): void {
    this.streams.add(stream);
    if (this.isDraining) stream.drain();
  }

  remove(stream: Stream): void {
    this.streams.delete(stream);
    if (this.isDraining && this.streams.size === 0) this.empty.resolve();
  }

  /** Resolves once all have gone, or `ms_max` are over. */
  async drain(ms_max: number): Promise<void> {
    this.isDraining = true;
    for (const stream of this.streams) stream.drain();
    if (this.streams.size === 0) return;
    const timer = setTimeout(() => this.empty.resolve(), ms_max);
    await this.empty.promise.finally(() => clearTimeout(timer));
  }
}
