/**
 * Loaded into a measured app before its program: a line a second on how late its event loop is and what it holds, into
 * `$BENCH_PROBES/<pid>.jsonl`; and at every second SIGUSR2 a CPU profile of the time since the one before, beside it.
 */
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

const second_ms = 1_000;
const ns_per_ms = 1_000_000;
const bytes_per_mb = 1_048_576;
const sample_us = 500;
const delay_resolution_ms = 5;
const file = (ending) => join(process.env.BENCH_PROBES, `${process.pid}${ending}`);

const delay = monitorEventLoopDelay({ resolution: delay_resolution_ms });
delay.enable();
let before = performance.eventLoopUtilization();
setInterval(() => {
  const now = performance.eventLoopUtilization();
  const { heapUsed, external } = process.memoryUsage();
  const handles = {};
  for (const name of process.getActiveResourcesInfo()) handles[name] = (handles[name] ?? 0) + 1;
  const line = {
    at_ms: Date.now(),
    busy: performance.eventLoopUtilization(now, before).utilization,
    delay_p99_ms: Math.max(0, delay.percentile(99) / ns_per_ms - delay_resolution_ms),
    delay_max_ms: Math.max(0, delay.max / ns_per_ms - delay_resolution_ms),
    heap_mb: heapUsed / bytes_per_mb,
    external_mb: external / bytes_per_mb,
    handles,
  };
  before = now;
  delay.reset();
  appendFileSync(file('.jsonl'), `${JSON.stringify(line)}\n`);
}, second_ms).unref();

let session = null;
process.on('SIGUSR2', () => void (session === null ? profile() : written()));

async function profile() {
  session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: sample_us });
  await session.post('Profiler.start');
}

/** Renamed when whole: whoever waits for the file may read it at once. */
async function written() {
  const { profile: all } = await session.post('Profiler.stop');
  session.disconnect();
  session = null;
  writeFileSync(file('.unfinished'), JSON.stringify(all));
  renameSync(file('.unfinished'), file('.cpuprofile'));
}
