import { last_subjects_max, type DirectGet } from '#streams/direct-get.js';
import type { StoredMessage } from '#streams/stored-message.js';

export interface Place {
  readonly stream: string;
  readonly subject: string;
}

interface Looked {
  readonly ids: Set<string>;
  /** Whatever stood up to there when one of these ids was looked at was shown. */
  readonly upToSequence: number;
}

/**
 * Whose last message is another than when this was asked before, so that a look at thousands of whom nothing was written costs
 * one short answer a thousand. A replica may answer that lags: the next look begins where the stream ended for it, and after one
 * that had gone back (a stream restored) all are looked at anew. Who was forgotten, or not asked for the last time, counts as
 * changed. One look at a time, those asked for meanwhile behind it.
 *
 * What is shown is what is to be judged by: another replica, asked again, may still say what was before, and this is not shown twice.
 */
export class WrittenSince<T> {
  private readonly looked = new Map<string, Looked>();
  private forgotten = new Set<string>();
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly direct: Pick<DirectGet, 'lastsAfter'>,
    private readonly placeOf: (id: string) => Place,
    /** Null: there is none as yet, of whoever was not shown before. A look in which it throws has failed. */
    private readonly read: (message: StoredMessage | null, stream: string) => T,
  ) {}

  /** By id. Throws StoreUnavailable, and what `read` throws; then the next look shows the same again. */
  among(ids: readonly string[]): Promise<ReadonlyMap<string, T>> {
    const found = this.turn.then(() => this.look(ids));
    this.turn = found.catch(() => undefined);
    return found;
  }

  forget(id: string): void {
    this.forgotten.add(id);
  }

  private async look(ids: readonly string[]): Promise<ReadonlyMap<string, T>> {
    const forgotten = this.forgotten;
    this.forgotten = new Set();
    const found = new Map<string, T>();
    const looks: [string, Looked][] = [];
    try {
      for (const [stream, ofStream] of Map.groupBy(ids, (id) => this.placeOf(id).stream))
        looks.push([stream, await this.lookAt(stream, ofStream, forgotten, found)]);
    } catch (error) {
      for (const id of forgotten) this.forgotten.add(id);
      throw error;
    }
    this.looked.clear();
    for (const [stream, looked] of looks) this.looked.set(stream, looked);
    return found;
  }

  private async lookAt(
    stream: string,
    ids: readonly string[],
    forgotten: ReadonlySet<string>,
    found: Map<string, T>,
  ): Promise<Looked> {
    const before = this.looked.get(stream);
    const isKnown = (id: string): boolean => !forgotten.has(id) && before?.ids.has(id) === true;
    const known = ids.filter(isKnown);
    const fresh = ids.filter((id) => !isKnown(id));
    for (const id of fresh) found.set(id, this.read(null, stream));
    const shown = new Set<string>();
    let upToSequence = Number.POSITIVE_INFINITY;
    for (const [some, after] of [
      [known, before?.upToSequence ?? 0],
      [fresh, 0],
    ] as const)
      for (let from = 0; from < some.length; from += last_subjects_max) {
        const slice = some.slice(from, from + last_subjects_max);
        const bySubject = new Map(slice.map((id) => [this.placeOf(id).subject, id]));
        const lasts = await this.direct.lastsAfter(stream, [...bySubject.keys()], after);
        for (const message of lasts.messages)
          found.set(bySubject.get(message.subject)!, this.read(message, stream));
        if (lasts.upToSequence === null || lasts.upToSequence < after) continue;
        upToSequence = Math.min(upToSequence, lasts.upToSequence);
        for (const id of slice) shown.add(id);
      }
    return { ids: shown, upToSequence };
  }
}
