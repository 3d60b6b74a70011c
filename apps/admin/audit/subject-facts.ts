/** What stands on some subjects of one stream, as facts. */
import { stored_subjects_max, storedMessages } from '#streams/stored-messages.js';
import type { StoredMessage } from '#streams/stored-message.js';
import {
  accountSubject,
  contactsSubject,
  receiptSubject,
  refused_stream,
  streamOf,
  userSubject,
} from '#streams/subjects.js';
import type { AdminContext } from '../operation.js';
import type { Audited, Fact } from './audited.js';
import { entryFact, factsOf, standing } from './event-facts.js';
import { refusalFact } from './refusal-facts.js';
import type { Stretch } from './stretch.js';

interface Subjects {
  readonly stream: string;
  readonly subjects: readonly string[];
  /** As progress tells it. */
  readonly what: string;
  readonly factsIn: (message: StoredMessage) => readonly Fact[];
}

async function* subjectFacts(
  context: AdminContext,
  stretch: Stretch,
  { stream, subjects, what, factsIn }: Subjects,
  from_ms?: number,
): AsyncGenerator<Audited> {
  const { nats, signal, progress } = context;
  const fromSequence = await stretch.startOf(stream, from_ms);
  const range = { stream, subjects, fromSequence, toSequence: stretch.endOf(stream) };
  let done = 0;
  for await (const { messages, pendingCount } of storedMessages(nats, range, signal)) {
    for (const message of messages) {
      if (message.timeMs > stretch.times.to_ms) return;
      yield* factsIn(message).map(standing);
    }
    done += messages.length;
    progress({ what, done, total: done + pendingCount, unit: 'messages' });
  }
}

/** The marks of many readers, each of some of a stream's. */
export function receiptFacts(
  context: AdminContext,
  stretch: Stretch,
  userIds: readonly string[],
  from_ms?: number,
): readonly AsyncGenerator<Audited>[] {
  const byStream = Map.groupBy(userIds, (userId) => streamOf('RECEIPT', userId, context.streamsPerFamily));
  return [...byStream].flatMap(([stream, users]) =>
    chunksOf(users, stored_subjects_max).map((some) =>
      subjectFacts(
        context,
        stretch,
        {
          stream,
          subjects: some.map(receiptSubject),
          what: 'reading receipts',
          factsIn: (message) => factsOf(stream, message).facts,
        },
        from_ms,
      ),
    ),
  );
}

export function accountFacts(
  context: AdminContext,
  stretch: Stretch,
  userId: string,
): AsyncGenerator<Audited> {
  const stream = streamOf('ACCOUNT', userId, context.streamsPerFamily);
  return subjectFacts(context, stretch, {
    stream,
    subjects: [accountSubject(userId), contactsSubject(userId)],
    what: 'reading the account',
    factsIn: (message) => factsOf(stream, message).facts,
  });
}

/** A user's log; `from_ms` as of receipts. */
export function entryFacts(
  context: AdminContext,
  stretch: Stretch,
  userId: string,
  from_ms?: number,
): AsyncGenerator<Audited> {
  const stream = streamOf('USER', userId, context.streamsPerFamily);
  const factsIn = (message: StoredMessage) => [entryFact(stream, message)];
  const subjects = [userSubject(userId)];
  return subjectFacts(context, stretch, { stream, subjects, what: 'reading logs', factsIn }, from_ms);
}

export const refusalFacts = (
  context: AdminContext,
  stretch: Stretch,
  subject: string,
): AsyncGenerator<Audited> =>
  subjectFacts(context, stretch, {
    stream: refused_stream,
    subjects: [subject],
    what: 'reading refusals',
    factsIn: (message) => [refusalFact(message)],
  });

const chunksOf = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
