import type { Beat } from '#streams/presence-store.js';

/**
 * Which gateways live, by their beats: pure. Times are all the store's, so no two clocks are compared: now is when this gateway's
 * own last beat was stored. A gateway that was silent for `life_ms` is gone, until it beats again.
 *
 * Who could not beat itself judges nobody: after a time without a store all have been silent, and those that live beat again within
 * a moment, so for one life nobody is taken for gone who was not before.
 */
export class GatewayLives {
  private readonly beats = new Map<string, number>();
  private readonly gone = new Set<string>();
  /** In entries, and without a beat that is known. */
  private readonly unknown = new Set<string>();
  private readonly forgotten = new Set<string>();
  private calmUntilMs = 0;

  constructor(
    private readonly own: string,
    private readonly life_ms: number,
  ) {}

  /** When it was last there, if it is gone; 0: nobody knows any more. Null while it lives, or as long as that is not known. */
  readonly endOf = (gateway: string): number | null => {
    if (this.gone.has(gateway)) return this.beats.get(gateway)!;
    if (this.beats.has(gateway) || gateway === this.own) return null;
    if (this.forgotten.has(gateway)) return 0;
    this.unknown.add(gateway);
    return null;
  };

  /** Those of which nothing is known by now: if what is read after this does not tell of them either, nobody does. */
  get asked(): readonly string[] {
    return [...this.unknown];
  }

  get aliveCount(): number {
    return this.beats.size - this.gone.size;
  }

  /** How long this gateway itself was silent before its last beat, as far as the others know. */
  private silentMs(lastMs: number | undefined): number {
    return lastMs === undefined ? 0 : this.beats.get(this.own)! - lastMs;
  }

  /** What was read since the last time. Returns whose life ended, began anew, or is over for longer than anybody remembers. */
  read(news: readonly Beat[], asked: readonly string[]): { changed: readonly string[]; wasSilent: boolean } {
    const before = this.beats.get(this.own);
    for (const { gateway, atMs } of news) this.beats.set(gateway, atMs);
    const nowMs = this.beats.get(this.own);
    if (nowMs === undefined) return { changed: [], wasSilent: false };
    const silentMs = this.silentMs(before);
    if (silentMs > this.life_ms / 2) this.calmUntilMs = nowMs + this.life_ms;
    const changed = [...this.judged(nowMs, news), ...this.missed(asked)];
    return { changed, wasSilent: silentMs > this.life_ms };
  }

  private judged(nowMs: number, news: readonly Beat[]): string[] {
    // Gone as before, but later than was known.
    const changed = news.map(({ gateway }) => gateway).filter((gateway) => this.gone.has(gateway));
    for (const [gateway, atMs] of this.beats) {
      const isSilent = nowMs - atMs > this.life_ms;
      if (isSilent === this.gone.has(gateway) || (isSilent && nowMs < this.calmUntilMs)) continue;
      if (isSilent) this.gone.add(gateway);
      else this.gone.delete(gateway);
      changed.push(gateway);
    }
    return [...new Set(changed)];
  }

  private missed(asked: readonly string[]): string[] {
    const missed = asked.filter((gateway) => !this.beats.has(gateway));
    for (const gateway of asked) this.unknown.delete(gateway);
    for (const gateway of missed) this.forgotten.add(gateway);
    return missed;
  }
}
