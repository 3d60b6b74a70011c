/** Where clients' logs are read from, and what that takes. */
import { counter, histogram, observe } from '#observability/metrics.js';
import type { Gate } from './gate.js';

type Source = 'stream' | 'read_model';

const of = (source: Source) => ({
  slices: counter('odnix.replay.slices', { source }),
  updates: counter('odnix.replay.updates', { source }),
  duration: histogram('odnix.replay.duration.seconds', { source }),
});
const told = { stream: of('stream'), read_model: of('read_model') };

/** Waiting for the turn included. */
export async function measureSlice<Slice extends { readonly items: readonly unknown[] }>(
  source: Source,
  read: () => Promise<Slice>,
): Promise<Slice> {
  const begunMs = performance.now();
  const slice = await read();
  const { slices, updates, duration } = told[source];
  slices.add();
  updates.add(slice.items.length);
  duration.record((performance.now() - begunMs) / 1_000);
  return slice;
}

/** For as long as they are. */
export function observeWaiting(near: Gate, far: Gate): void {
  const gates = [
    [{ source: 'stream' } as const, new WeakRef(near)],
    [{ source: 'read_model' } as const, new WeakRef(far)],
  ] as const;
  const end = observe('odnix.replay.waiting', () => {
    if (gates[0][1].deref() === undefined) end();
    return gates.map(([labels, gate]) => [labels, gate.deref()?.waitingCount ?? 0] as const);
  });
}
