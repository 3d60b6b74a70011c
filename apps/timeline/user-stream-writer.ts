import { batch_messages_max } from '#streams/atomic-batch.js';
import { counter, type Counter } from '#observability/metrics.js';
import { assert } from '#domain/kernel/assert.js';
import type { UserLog } from '#streams/user-log.js';
import { newEntry, newPosition, type NewUserMessage } from '#streams/user-stream-message.js';
import type { AnnouncedEntry } from './announced-entry.js';
import { lookUpMarks, type CursorMarks, type StoredMarks } from './cursor-marks.js';
import { LogHeads } from './log-heads.js';
import { planBatch, type LogHead, type Plan } from './plan-batch.js';
import { PositionSaving, isSavable, positionOf } from './position-saving.js';
import { sha256 } from '#streams/sha256.js';
import { placeIn, type SourcePlace, type SourcePlaces } from './source-place.js';
import { measureBatch, measureDelay } from './timeline-metrics.js';
import { WorkQueue } from './work-queue.js';
import { workAfter, type Work } from './work.js';

/** One message of every batch is left for the position. */
const batch_entries_max = batch_messages_max - 1;

/** What a USER stream says of itself to whoever is to go on writing it (`resume.ts`). */
export interface WriterStart {
  readonly lastSequence: number;
  readonly places: SourcePlaces;
  readonly heads: ReadonlyMap<string, LogHead>;
  /** Of this writer alone: what it raises is true only if its batches are stored. */
  readonly marks: CursorMarks;
}

export interface WriterOptions {
  readonly stream: string;
  readonly log: UserLog;
  readonly start: WriterStart;
  readonly storedMarks: StoredMarks;
  readonly announce: (entries: readonly AnnouncedEntry[]) => void;
}

/** The store did not take a batch: another writer, or it cannot be known. This writer is of no more use. */
export class WriterEnded extends Error {
  override readonly name = 'WriterEnded';
}

/**
 * The one writer of a USER stream: takes works in source order and makes one atomic batch of as many as are waiting.
 *
 * Each batch expects the stream's last sequence, and that is the safety (I2): of two writers the store lets one through.
 * One batch is in flight at a time, because a sequence alone does not tell whose batch stands before it: of two batches
 * sent one behind the other the first may be refused and the second be accepted, behind another writer's batch of the same
 * length. While one is in flight the next is made ready, and what comes meanwhile travels together.
 *
 * The first answer that is not "stored" ends this writer, at once and for good, whatever it was: nothing is ever sent
 * twice. Its successor reads from the stream itself what was stored. Entries are announced after the acknowledgement.
 */
export class UserStreamWriter {
  /** Rejects with the reason when the writer has ended by itself; resolves when it has finished. */
  readonly ended: Promise<void>;
  private readonly queue = new WorkQueue(batch_entries_max);
  private readonly heads: LogHeads;
  private readonly saving = new PositionSaving();
  private readonly entries: Counter;
  private accepted: Map<string, SourcePlace>;
  private planned: SourcePlaces;
  private lastSequence: number;
  private isInFlight = false;
  private acknowledged: Promise<void> = Promise.resolve();
  private state: 'writing' | 'finishing' | 'over' = 'writing';
  private wake: () => void = () => undefined;
  private end!: (error: unknown) => void;

  constructor(private readonly options: WriterOptions) {
    const { log, stream, start } = options;
    this.entries = counter('odnix.timeline.entries', { stream });
    this.heads = new LogHeads(log, stream, start.heads);
    this.accepted = new Map(start.places);
    this.planned = start.places;
    this.lastSequence = start.lastSequence;
    const failed = new Promise<never>((_, reject) => (this.end = reject));
    this.ended = Promise.race([this.run(), failed]).finally(() => this.leave());
    this.ended.catch(() => undefined);
  }

  get stream(): string {
    return this.options.stream;
  }

  /** Up to where this writer was given a source: what it is given again it leaves out. */
  placeIn(source: string): SourcePlace {
    return placeIn(this.accepted, source);
  }

  /** Resolves when works may be added, or when there is no more use in it. */
  room(): Promise<void> {
    return this.queue.room();
  }

  add(work: Work): void {
    if (this.state !== 'writing') return;
    const stream = work.source.stream;
    const left = workAfter(work, placeIn(this.accepted, stream));
    if (left === null) return;
    this.accepted.set(stream, left.upTo);
    this.queue.add(left);
    this.wake();
  }

  /** Writes what it has been given, saves its positions, and ends. */
  async finish(): Promise<void> {
    if (this.state === 'writing') this.state = 'finishing';
    this.wake();
    await this.ended;
  }

  /** Ends at once; what is in flight may or may not be stored. */
  abandon(): void {
    this.end(new WriterEnded(`${this.stream}: told to stop`));
  }

  private async run(): Promise<void> {
    for (;;) {
      await this.somethingToDo();
      const works = this.queue.take();
      const { marks } = this.options.start;
      const heads = await this.heads.of(usersOf(works));
      await lookUpMarks(works, marks, this.options.storedMarks);
      const known = { heads, marks, places: this.planned };
      const plan = planBatch(works, known, this.lastSequence + 1, sha256);
      await this.acknowledged;
      if (this.state === 'over') return;
      this.send(plan, works.length);
      if (this.state === 'finishing' && this.queue.isEmpty) break;
    }
    await this.acknowledged;
  }

  /** While a batch is in flight, only a full one is worth making ready. */
  private async somethingToDo(): Promise<void> {
    while (this.state !== 'over' && !this.queue.hasFullBatch) {
      const mayWait = this.isInFlight || !isSavable(this.planned);
      const isIdle = this.state === 'writing' && this.queue.isEmpty && (mayWait || !this.saving.isDue);
      if (!this.isInFlight && !isIdle) return;
      await this.woken(mayWait ? Number.POSITIVE_INFINITY : this.saving.dueInMs);
    }
  }

  private async woken(withinMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      if (Number.isFinite(withinMs)) timer = setTimeout(resolve, withinMs);
    });
    clearTimeout(timer);
  }

  private send(plan: Plan, works: number): void {
    this.planned = plan.places;
    this.saving.planned(works, plan.entries.length, plan.tellSoon);
    const messages: NewUserMessage[] = plan.entries.map(({ user_id, entry, afterSequence }) =>
      newEntry(user_id, entry, afterSequence),
    );
    const isLast = this.state === 'finishing' && this.queue.isEmpty && this.saving.isNeeded;
    if ((this.saving.isDue || isLast) && isSavable(plan.places)) {
      messages.push(newPosition(this.stream, positionOf(plan.places)));
      this.saving.saved();
    }
    if (messages.length === 0) return;
    this.heads.sent(plan.heads);
    this.acknowledged = this.store(plan, messages);
    this.acknowledged.catch(this.end);
  }

  private async store(plan: Plan, messages: readonly NewUserMessage[]): Promise<void> {
    const after = this.lastSequence;
    this.lastSequence += messages.length;
    this.isInFlight = true;
    const sentMs = performance.now();
    const result = await this.options.log.append(after, messages);
    measureBatch(sentMs, result.ok);
    if (!result.ok) throw new WriterEnded(`${this.stream} after ${after}: ${result.reason}`);
    assert(result.firstSequence === after + 1, 'a fenced batch stands where it was meant to');
    this.isInFlight = false;
    this.confirm(plan);
    this.wake();
  }

  private confirm({ heads, entries }: Plan): void {
    this.entries.add(entries.length);
    if (entries.length > 0) measureDelay(entries[0]!.entry.date_ms);
    this.heads.confirm(heads);
    if (this.state === 'over') return;
    this.options.announce(entries.map(({ work, ...rest }) => ({ ...rest, source: work.source })));
  }

  private leave(): void {
    this.state = 'over';
    this.queue.clear();
    this.wake();
  }
}

const usersOf = (works: readonly Work[]): Set<string> =>
  new Set(works.flatMap(({ drafts }) => drafts.map(({ user_id }) => user_id)));
