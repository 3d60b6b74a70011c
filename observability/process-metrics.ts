/** What Node tells of itself: the event loop, memory, processor, garbage. Once a process. */
import {
  constants,
  monitorEventLoopDelay,
  performance,
  PerformanceObserver,
  type PerformanceEntry,
} from 'node:perf_hooks';
import { gauge, histogram, observe } from './metrics.js';

const delay_resolution_ms = 20;
const ns_per_s = 1e9;

export interface Build {
  readonly app: string;
  readonly version: string;
  readonly protocol: string;
}

export function startProcessMetrics({ app, version, protocol }: Build): void {
  gauge('odnix.build.info', { app, version, protocol, node: process.versions.node }).set(1);
  gauge('odnix.started.seconds', {}).set(performance.timeOrigin / 1_000);
  observe('process.cpu.seconds', () => {
    const { user, system } = process.cpuUsage();
    return [
      [{ mode: 'user' }, user / 1e6],
      [{ mode: 'system' }, system / 1e6],
    ] as const;
  });
  observe('process.memory.bytes', memory);
  observeEventLoop();
  observeGarbage();
}

function memory() {
  const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage();
  return [
    [{ kind: 'rss' }, rss],
    [{ kind: 'heap_used' }, heapUsed],
    [{ kind: 'heap_total' }, heapTotal],
    [{ kind: 'external' }, external],
    [{ kind: 'array_buffers' }, arrayBuffers],
  ] as const;
}

/** Node measures from timer to timer: what is beyond the interval itself is the delay. */
function observeEventLoop(): void {
  const delays = monitorEventLoopDelay({ resolution: delay_resolution_ms });
  delays.enable();
  observe('nodejs.eventloop.delay.seconds', () => {
    const late = (ns: number): number =>
      delays.count === 0 ? 0 : Math.max(0, ns / ns_per_s - delay_resolution_ms / 1_000);
    const told = [
      [{ statistic: 'mean' }, late(delays.mean)],
      [{ statistic: 'p50' }, late(delays.percentile(50))],
      [{ statistic: 'p99' }, late(delays.percentile(99))],
      [{ statistic: 'max' }, late(delays.max)],
    ] as const;
    delays.reset();
    return told;
  });
  let before = performance.eventLoopUtilization();
  observe('nodejs.eventloop.utilization.ratio', () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return [[{}, utilization]];
  });
}

function observeGarbage(): void {
  const duration = (kind: 'minor' | 'major' | 'incremental' | 'weakcb') =>
    histogram('nodejs.gc.duration.seconds', { kind });
  const byKind = new Map([
    [constants.NODE_PERFORMANCE_GC_MINOR, duration('minor')],
    [constants.NODE_PERFORMANCE_GC_MAJOR, duration('major')],
    [constants.NODE_PERFORMANCE_GC_INCREMENTAL, duration('incremental')],
    [constants.NODE_PERFORMANCE_GC_WEAKCB, duration('weakcb')],
  ]);
  const observer = new PerformanceObserver((list) => {
    for (const { detail, duration: ms } of list.getEntries() as GarbageEntry[])
      byKind.get(detail.kind)?.record(ms / 1_000);
  });
  observer.observe({ entryTypes: ['gc'] });
}

type GarbageEntry = PerformanceEntry & { readonly detail: { readonly kind: number } };
