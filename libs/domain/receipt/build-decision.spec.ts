import { expect, it } from 'vitest';
import { decodeDecision, encodeDecision } from '../catalogue.js';
import { buildReceiptDecision, cursors_max, type ReceiptEvent } from './index.js';
import type { NewEvent } from '../kernel/new-event.js';

const moved = (count: number): NewEvent<ReceiptEvent> => ({
  type: 'ReadCursorMoved',
  data: {
    user_id: 'anna',
    cursors: Array.from({ length: count }, (_, index) => ({ chat_id: `chat-${index}`, seq: 1, after: 1 })),
  },
});
const build = (events: readonly NewEvent<ReceiptEvent>[]) =>
  buildReceiptDecision({
    events,
    decision_id: 'd',
    nextId: () => 'e',
    meta: {
      occurred_at_ms: 1,
      actor: { user_id: 'anna', device_id: 'phone' },
      command_id: 'c',
      causation_id: 'c',
      correlation_id: 'c',
    },
  });

it('stores marks without pointing at anything', () => {
  const device = { user_id: 'anna', device_id: 'phone', pts: 7 };
  const decision = build([moved(cursors_max), { type: 'DeviceCursorMoved', data: device }]);
  expect(decision.events.map(({ chat_pts, version }) => [chat_pts, version])).toStrictEqual([
    [0, 1],
    [0, 1],
  ]);
  expect(decodeDecision(encodeDecision(decision))).toStrictEqual(decision);
});

it('refuses more cursors than fit, and none at all', () => {
  expect(() => build([moved(cursors_max + 1)])).toThrow('several decisions');
  expect(() => build([])).toThrow('moves something');
});
