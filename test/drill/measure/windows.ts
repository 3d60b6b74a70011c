/** When which fault was under way: a window is from one fault's beginning to the next's, and what waits for it counts to it. */
import type { FaultRecord } from '../records.js';

export interface Window {
  readonly name: string;
  readonly kind: string;
  readonly round: number;
  readonly beginMs: number;
  endMs: number;
  /** Since the beginning, the phases as they came. */
  readonly phases: { readonly phase: FaultRecord['phase']; readonly afterMs: number }[];
}

/** Before the first fault there is a window without one: what the workload costs by itself. */
export function windowsOf(faults: readonly FaultRecord[], beginMs: number, endMs: number): Window[] {
  const windows: Window[] = [{ name: 'none', kind: 'none', round: 1, beginMs, endMs, phases: [] }];
  for (const { name, fault_kind: kind, round, at_ms, phase } of faults) {
    const last = windows.at(-1)!;
    if (phase === 'begin') {
      last.endMs = at_ms;
      windows.push({ name, kind, round, beginMs: at_ms, endMs, phases: [] });
    } else last.phases.push({ phase, afterMs: Math.round(at_ms - last.beginMs) });
  }
  return windows;
}

/** The window that a span of waiting counts to: the last one that it reaches into. */
export function windowAt(windows: readonly Window[], untilMs: number): Window | undefined {
  let low = 0;
  let high = windows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (windows[middle]!.beginMs <= untilMs) low = middle + 1;
    else high = middle;
  }
  const window = windows[low - 1];
  return window !== undefined && untilMs <= window.endMs ? window : undefined;
}
