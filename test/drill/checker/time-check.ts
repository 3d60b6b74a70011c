/** What may not be in an order that the answers contradict: one clock saw all requests begin and all answers come. */
import type { OperationRecord } from '../records.js';
import type { Findings } from './findings.js';
import type { Truth } from './truth.js';

/** A send that began after another of the chat was answered stands behind it. */
export function checkAnswersInOrder(truth: Truth, findings: Findings): void {
  const byChat = new Map<string, OperationRecord[]>();
  for (const { operations } of truth.sends.values()) {
    const first = operations.find(
      ({ outcome, result }) => outcome === 'acknowledged' && result?.['duplicate'] !== true,
    );
    if (first === undefined) continue;
    const chatId = String(first.params.chat_id);
    byChat.set(chatId, [...(byChat.get(chatId) ?? []), first]);
  }
  for (const [chatId, sends] of byChat) {
    let latestBegin = 0;
    for (const { begun_ms, ended_ms, result } of sends.sort((one, other) => seqOf(one) - seqOf(other))) {
      const detail = () => `${chatId} seq ${String(result?.['seq'])} was answered before a lower seq began`;
      findings.expect('answers_in_order', ended_ms >= latestBegin, detail);
      latestBegin = Math.max(latestBegin, begun_ms);
    }
  }
}

/** Unlike any other's where an operation has none. */
const keyOf = (operation: OperationRecord): unknown => {
  const { client_msg_id, client_request_id } = operation.params;
  return client_msg_id ?? client_request_id ?? operation;
};

const seqOf = ({ result }: OperationRecord): number => Number(result?.['seq']);

/**
 * What a person began after the removal was answered is refused, unless somebody may have brought them back meanwhile, or it
 * asks again, under the same key, for what was done before: that is answered as it was the first time, for ever.
 */
export function checkRemovedAreRefused(truth: Truth, findings: Findings): void {
  for (const [key, removals] of truth.removals) {
    const additions = truth.additions.get(key) ?? [];
    for (const removal of removals.filter(({ outcome }) => outcome === 'acknowledged')) {
      const changes = truth.changes.get(key) ?? [];
      const done = changes.filter(
        ({ begun_ms, outcome }) => begun_ms <= removal.ended_ms && outcome === 'acknowledged',
      );
      const before = new Set(done.map(keyOf));
      for (const change of changes) {
        if (change.begun_ms <= removal.ended_ms || change.result?.['duplicate'] === true) continue;
        if (before.has(keyOf(change))) continue;
        const mayBeBack = additions.some(
          ({ begun_ms, ended_ms, outcome }) =>
            outcome !== 'refused' && begun_ms < change.ended_ms && ended_ms > removal.begun_ms,
        );
        if (mayBeBack) break;
        const detail = () => `${key}: ${change.method} acknowledged after the removal was`;
        findings.expect('removed_silent', change.outcome !== 'acknowledged', detail);
      }
    }
  }
}
