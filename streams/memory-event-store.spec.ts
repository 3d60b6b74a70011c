import { describe, expect, it } from 'vitest';
import { decision, newId } from './decision-fixture.contract.js';
import { eventStoreContract } from './event-store.contract.js';
import { MemoryEventStore } from './memory-event-store.js';
import { chatSubject } from './subjects.js';

describe('MemoryEventStore', () => {
  let nowMs = 1_763_700_000_000;
  const store = new MemoryEventStore({ streamsPerFamily: 2, nowMs: () => nowMs });
  eventStoreContract(() => ({
    store,
    streamsPerFamily: 2,
    erase: async (stream, sequence) => store.erase(stream, sequence),
  }));

  it('forgets message ids after the duplicate window, by its own clock', async () => {
    const mine = chatSubject(newId());
    expect(await store.append(mine, 0, [decision('one')], [mine])).toMatchObject({ kind: 'appended' });
    nowMs += 120_000;
    expect(await store.appendUnguarded(mine, decision('two'), mine)).toMatchObject({ kind: 'duplicate' });
    nowMs += 1;
    expect(await store.appendUnguarded(mine, decision('two'), mine)).toMatchObject({ kind: 'appended' });
  });
});
