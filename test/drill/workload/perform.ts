/** Carries an operation out as the protocol says a client should: again under the same key until there is an answer. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Attempt, OperationRecord, SeenByAsker } from '../records.js';
import type { WireDevice } from './wire-device.js';
import { Lost, Refused, type Answer } from './wire-socket.js';

const back_off_ms_first = 50;
const back_off_ms_max = 1_000;
/** A connection's answer that takes longer is taken as none: the operation is tried again on the next connection. */
const reconnect_wait_ms_max = 120_000;

export interface Operation {
  readonly method: string;
  readonly params: OperationRecord['params'];
  /** What is asked instead of `params`, where those hold more than goes over the wire. */
  readonly wire?: object;
  /** Given up at the first lost connection: whether it happened is then unknown. */
  readonly givesUp?: boolean;
  /** Of reads, what the session that asks has seen, looked up at every attempt: another one may ask again. */
  readonly seen?: () => SeenByAsker;
  /** What is kept of the answer. */
  readonly keep?: (answer: Answer) => Record<string, unknown>;
}

/** Asks whether to go on trying: a run that ends does not wait for ever. */
export type Patience = () => boolean;

export async function perform(
  device: WireDevice,
  operation: Operation,
  isPatient: Patience,
): Promise<OperationRecord> {
  const { journal, random } = device.options;
  const { method, params, wire = params, givesUp, keep = (answer) => answer } = operation;
  const attempts: Attempt[] = [];
  let seen: SeenByAsker = {};
  const begun_ms = journal.nowMs();
  const about = {
    kind: 'operation' as const,
    device: device.name,
    user: device.userId,
    method,
    params,
    begun_ms,
  };
  const settled = (
    rest: Pick<OperationRecord, 'outcome' | 'code' | 'result' | 'retryable'>,
  ): OperationRecord => {
    const record = { ...about, ...seen, ended_ms: journal.nowMs(), attempts, ...rest };
    journal.write(record);
    return record;
  };
  for (let failures = 0; ; failures++) {
    const isThere = await device.until(() => device.isReady, reconnect_wait_ms_max);
    if (!isThere || !isPatient()) return settled({ outcome: 'unknown' });
    const sent_ms = journal.nowMs();
    seen = operation.seen?.() ?? {};
    try {
      const answer = await device.request(method, wire);
      attempts.push({ sent_ms, answered_ms: journal.nowMs() });
      return settled({ outcome: 'acknowledged', result: keep(answer) });
    } catch (error) {
      attempts.push(attemptOf(error, sent_ms, journal.nowMs()));
      if (error instanceof Lost && givesUp) return settled({ outcome: 'unknown' });
      if (error instanceof Refused && !error.retryable) {
        return settled({ outcome: 'refused', code: error.code, retryable: false });
      }
      const asked = error instanceof Refused ? error.retryAfterMs : undefined;
      const backOffMs = Math.min(back_off_ms_max, back_off_ms_first * 2 ** failures);
      await pause(asked ?? backOffMs * (0.5 + random() / 2));
    }
  }
}

function attemptOf(error: unknown, sent_ms: number, answered_ms: number): Attempt {
  if (error instanceof Lost) return { sent_ms, lost: error.closeCode };
  if (error instanceof Refused) {
    const { code, retryable } = error;
    return { sent_ms, answered_ms, error: { code, retryable } };
  }
  throw error;
}
