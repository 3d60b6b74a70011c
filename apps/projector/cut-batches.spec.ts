import { describe, expect, it } from 'vitest';
import type { ProjectedRecord } from '#projections/define-projection.js';
import { batch_bytes_max, cutBatches, held_records_max, type SizedRecord } from './cut-batches.js';

const entry = (sequence: number, source: number, bytes = 10): SizedRecord => ({
  bytes,
  record: {
    stream: 'USER_0',
    sequence,
    aggregate_id: 'user',
    decision: null,
    events: [{ type: 'EntryAppended', entry: { source: { stream: 'CHAT_0', sequence: source } } }],
  } as unknown as ProjectedRecord,
});
const decision = (sequence: number, bytes = 10): SizedRecord => ({
  bytes,
  record: { stream: 'CHAT_0', sequence, aggregate_id: 'chat', events: [], decision: null },
});
const sequences = (batches: ProjectedRecord[][]) =>
  batches.map((batch) => batch.map(({ sequence }) => sequence));

describe('cutBatches', () => {
  it('keeps one decision’s entries together, and back while more of them may come', () => {
    const records = [entry(1, 7), entry(2, 7), entry(3, 8), entry(4, 8)];
    const { batches, held } = cutBatches(records, true);
    expect(sequences(batches)).toEqual([[1, 2]]);
    expect(held).toEqual(records.slice(2));
    expect(sequences(cutBatches(records, false).batches)).toEqual([[1, 2, 3, 4]]);
  });

  it('holds nothing back of other families, nor more than the maximum', () => {
    expect(cutBatches([decision(1), decision(2)], true).held).toEqual([]);
    const many = Array.from({ length: held_records_max }, (_, index) => entry(index + 1, 7));
    expect(cutBatches(many, true).held).toEqual([]);
  });

  it('cuts by bytes, between decisions alone', () => {
    const half = batch_bytes_max / 2 + 1;
    expect(sequences(cutBatches([decision(1, half), decision(2, half)], true).batches)).toEqual([[1], [2]]);
    const one = [entry(1, 7, half), entry(2, 7, half), entry(3, 8)];
    expect(sequences(cutBatches(one, false).batches)).toEqual([[1, 2], [3]]);
    expect(cutBatches([], false)).toEqual({ batches: [], held: [] });
  });
});
