/**
 * A seeded simulation of the pure part: writers plan batches from the same sources, race for one stream that checks its
 * last sequence, lose answers, die, and go on from what the stream says. `ODNIX_SEED` repeats a run.
 */
import { expect, it } from 'vitest';
import type { Decision } from '#domain/kernel/decision.js';
import { emptyLogHash, entryHash } from '#domain/user-log/index.js';
import type { TimelinePosition } from '#streams/timeline-position.js';
import type { UserStreamMessage } from '#streams/user-stream-message.js';
import { seededRandom, type Random } from '../../test/support/random.js';
import { emptyLog, planBatch, type LogHead } from './plan-batch.js';
import { isSavable, positionOf } from './position-saving.js';
import { resume, type Resumed, type WrittenLog } from './resume.js';
import { sha256 } from '#streams/sha256.js';
import { SourceMessage } from './source-message.js';
import { placeIn, whole_message } from './source-place.js';
import { splitWork, workAfter, type DatedDraft, type Work } from './work.js';

const batch_max = 6;
const users = ['ann', 'bob', 'cyd', 'dan', 'eve'];
const sources = ['CHAT_0', 'CHAT_1', 'RECEIPT_0'];
const messages_count = 20;

/** A USER stream in memory: the fence, and what a new writer asks. */
class MemoryStream implements WrittenLog {
  readonly messages: UserStreamMessage[] = [];

  append(after: number, added: readonly UserStreamMessage[]): boolean {
    if (after !== this.messages.length) return false;
    this.messages.push(...added);
    return true;
  }
  lastSequence = () => Promise.resolve(this.messages.length);
  savedPosition = () =>
    Promise.resolve(this.messages.findLast((message) => message.kind === 'position') ?? null);
  async *scan(_: string, from: number, to: number) {
    if (from <= to) yield this.messages.slice(from - 1, to);
  }
}

interface Writer {
  readonly start: Resumed;
  readonly heads: Map<string, LogHead>;
  places: Resumed['places'];
  queue: Work[];
  last: number;
}

async function newWriter(stream: MemoryStream): Promise<Writer> {
  const start = await resume(stream, 'USER_0', 1_000);
  return { start, heads: new Map(start.heads), places: start.places, queue: [], last: start.lastSequence };
}

function randomWorks(random: Random): Map<string, Work[]> {
  const draft = (source: string, sequence: number, index: number, user_id: string): DatedDraft => {
    const about = { user_id, index, date_ms: sequence, chat_id: `chat of ${source}`, chat_pts: sequence };
    if (source !== 'RECEIPT_0') return { ...about, kind: 'message.new', seq: sequence * 10 + index };
    return { ...about, kind: 'read.outbox', seq: 1 + random.integer(messages_count) };
  };
  const works = (source: string) =>
    Array.from({ length: messages_count }, (_, i) => {
      const indexes = Array.from({ length: 1 + random.integer(3) }, (_unused, index) => index);
      const drafts = indexes.flatMap((index) =>
        users.filter(() => random.integer(3) > 0).map((user) => draft(source, i + 1, index, user)),
      );
      const upTo = { sequence: i + 1, index: whole_message };
      return { source: new SourceMessage(source, i + 1, {} as Decision), drafts, upTo };
    });
  return new Map(sources.map((source) => [source, works(source)]));
}

/** The next part of what this writer has to do, from a random source when it is through with a message; or nothing. */
function nextWork(
  random: Random,
  all: ReadonlyMap<string, readonly Work[]>,
  writer: Writer,
): Work | undefined {
  if (writer.queue.length === 0) {
    const open = sources.flatMap((source) => {
      const left = all.get(source)!.map((work) => workAfter(work, placeIn(writer.places, source)));
      return left.find((work) => work !== null) ?? [];
    });
    if (open.length > 0) writer.queue = splitWork(random.pick(open), batch_max);
  }
  return writer.queue.shift();
}

/** The head of a user whom this writer has not met yet, as the store has it. */
function headIn(stream: MemoryStream, userId: string): LogHead {
  const message = stream.messages.findLast((one) => one.kind === 'entry' && one.user_id === userId);
  if (message?.kind !== 'entry') return emptyLog;
  return { pts: message.entry.pts, hash: message.entry.hash, sequence: message.sequence, wasRead: true };
}

/** False when there is nothing left; 'lost' when this writer is of no more use. */
function step(
  random: Random,
  all: ReadonlyMap<string, readonly Work[]>,
  writer: Writer,
  stream: MemoryStream,
) {
  const work = nextWork(random, all, writer);
  if (work === undefined) return 'done';
  const heads = new Map(users.map((user) => [user, writer.heads.get(user) ?? headIn(stream, user)]));
  const known = { heads, marks: writer.start.marks, places: writer.places };
  const plan = planBatch([work], known, writer.last + 1, sha256);
  const added: UserStreamMessage[] = plan.entries.map(({ user_id, sequence, entry }) => {
    return { kind: 'entry', user_id, sequence, entry };
  });
  if (isSavable(plan.places) && random.integer(8) === 0) {
    const position: TimelinePosition = positionOf(plan.places);
    added.push({ kind: 'position', sequence: writer.last + added.length + 1, position });
  }
  if (added.length > 0 && !stream.append(writer.last, added)) return 'lost';
  if (random.integer(20) === 0) return 'lost'; // Stored, and the answer never came.
  for (const [user, head] of plan.heads) writer.heads.set(user, head);
  writer.places = plan.places;
  writer.last += added.length;
  return 'stored';
}

async function simulate(random: Random): Promise<{ stream: MemoryStream; all: Map<string, Work[]> }> {
  const stream = new MemoryStream();
  const all = randomWorks(random);
  const writers = [await newWriter(stream), await newWriter(stream)];
  for (let which = 0; ; which = random.integer(4) === 0 ? 1 - which : which) {
    const result = step(random, all, writers[which]!, stream);
    if (result === 'lost') writers[which] = await newWriter(stream);
    // A writer may have written all it knows of while the other one is ahead: only one that has just read can tell.
    if (result === 'done') return { stream, all };
  }
}

// Seen failing: with positions saved in the middle of a message, with the fence left out of MemoryStream, and with
// `workAfter` keeping the event that was written last.
it('whole logs, every source once, whatever happens to the writers', async () => {
  const random = seededRandom('plan-batch');
  for (let run = 0; run < 20; run++) {
    const { stream, all } = await simulate(random);
    const entries = stream.messages.filter((message) => message.kind === 'entry');
    for (const user of users) {
      const own = entries.filter(({ user_id }) => user_id === user).map(({ entry }) => entry);
      let hash = emptyLogHash;
      for (const [i, entry] of own.entries()) {
        hash = entryHash(sha256, hash, entry);
        expect([entry.pts, entry.hash]).toEqual([i + 1, hash]);
      }
      for (const source of ['CHAT_0', 'CHAT_1']) {
        const written = own.filter((entry) => entry.source.stream === source).map(({ seq }) => seq);
        const drafts = all.get(source)!.flatMap((work) => work.drafts);
        expect(written).toEqual(drafts.filter(({ user_id }) => user_id === user).map(({ seq }) => seq));
      }
      const moved = all
        .get('RECEIPT_0')!
        .flatMap((work) => work.drafts)
        .filter(({ user_id }) => user_id === user);
      const cursors = own.filter(({ kind }) => kind === 'read.outbox').map(({ seq }) => seq!);
      expect(Math.max(0, ...cursors)).toBe(Math.max(0, ...moved.map(({ seq }) => seq!)));
    }
  }
});
