import { RequestError, TimeoutError, errors } from '@nats-io/nats-core';
import { isNoResponders } from './no-responders.js';
import type { Msg } from '@nats-io/nats-core';

/**
 * Why the store did not accept a publish.
 *
 * - `conflict`: an expected sequence did not hold, or another write to the subject is in flight.
 * - `duplicate`: the store holds (or is just storing) a message with this `Nats-Msg-Id`.
 * - `timeout`: unknown whether it was stored.
 * - `unavailable`: the store could not take it now; nothing was stored.
 * - `too_large`: it can never be stored in this shape.
 *
 * A retry after a lost answer may show as any of the first three, depending on replicas and timing: reload,
 * compare, decide again.
 */
export type PublishRefusal = {
  readonly ok: false;
  readonly reason: 'conflict' | 'duplicate' | 'timeout' | 'unavailable' | 'too_large';
  /** JetStream's own error code, where it gave one. */
  readonly code?: number;
  /** With `duplicate`, when the store told: the sequence of the message that it already holds. */
  readonly duplicateOf?: number;
};

/** The store refused for a reason that no retry and no reload mends: a wrong topology or a bug. */
export class PublishRejected extends Error {
  override readonly name = 'PublishRejected';
  constructor(
    readonly code: number,
    description: string,
  ) {
    super(`JetStream refused a publish: ${description} (${code})`);
  }
}

interface StoreAnswer {
  readonly seq?: number;
  readonly duplicate?: boolean;
  readonly count?: number;
  readonly error?: { readonly code: number; readonly err_code?: number; readonly description: string };
}

const reasonOfCode: ReadonlyMap<number, PublishRefusal['reason']> = new Map([
  [10071, 'conflict'], // wrong last sequence
  [10164, 'conflict'], // wrong last sequence: another write of that subject is in flight
  [10158, 'duplicate'], // the same message id is being stored right now
  [10201, 'duplicate'], // a batch contains a message id that is stored already
  [10054, 'too_large'], // message over the stream's maximum
  [10199, 'too_large'], // batch over 1000 messages
  [10176, 'unavailable'], // batch incomplete: part of it was lost, or too many batches are open
  [10210, 'unavailable'], // too many batches in flight
]);

/** Reads a JetStream acknowledgement, whole: either the accepted answer or why not. */
export function readAnswer(message: Msg): StoreAnswer | PublishRefusal {
  const answer = message.json<StoreAnswer>();
  if (answer.error === undefined) return answer;
  const code = answer.error.err_code ?? answer.error.code;
  const reason = reasonOfCode.get(code) ?? (answer.error.code === 503 ? 'unavailable' : undefined);
  if (reason === undefined) throw new PublishRejected(code, answer.error.description);
  return { ok: false, reason, code };
}

/** Turns what the client library throws into a refusal; anything unknown is thrown on. */
export function refusalOf(error: unknown): PublishRefusal {
  if (error instanceof TimeoutError) return { ok: false, reason: 'timeout' };
  if (isNoResponders(error)) return { ok: false, reason: 'unavailable' };
  if (error instanceof RequestError) return { ok: false, reason: 'timeout' };
  if (error instanceof errors.ClosedConnectionError || error instanceof errors.DrainingConnectionError) {
    return { ok: false, reason: 'unavailable' };
  }
  throw error;
}

export function isRefusal(answer: StoreAnswer | PublishRefusal): answer is PublishRefusal {
  return 'ok' in answer;
}
