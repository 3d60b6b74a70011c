import type { NatsConnection } from '@nats-io/nats-core';
import { down, isTrue, ok, type Check, type Dependency } from '#process/readiness.js';
import { natsCheck } from '#process/server-checks.js';
import { command_ranges_count, commandSubject, querySubject, type CommandTarget } from '#streams/subjects.js';

const answer_ms_max = 2_000;

/** What the edge asks for its clients: NATS, and whoever answers commands and queries behind it. */
export function edgeChecks(nats: NatsConnection) {
  return {
    nats: natsCheck(nats),
    'command-handler': () => commandRanges(nats),
    'query-handler': isTrue(() => answers(nats, querySubject('users.get')), 'no answer'),
  } satisfies Record<string, Check>;
}

/** A request that no handler can carry out: whoever serves the range refuses it, and so is there. */
async function commandRanges(nats: NatsConnection): Promise<Dependency> {
  const ranges = (['chat', 'account'] as const satisfies CommandTarget[]).flatMap((target) =>
    Array.from({ length: command_ranges_count }, (_, range) => commandSubject(target, range)),
  );
  const answering = await Promise.all(ranges.map((subject) => answers(nats, subject)));
  const silent = answering.filter((does) => !does).length;
  return silent === 0 ? ok : down(`${silent} of ${ranges.length} ranges do not answer`);
}

const answers = (nats: NatsConnection, subject: string): Promise<boolean> =>
  nats.request(subject, '{}', { timeout: answer_ms_max }).then(
    () => true,
    () => false,
  );
