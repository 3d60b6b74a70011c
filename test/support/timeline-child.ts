/** A timeline in a process of its own, to be killed: `NATS_URL`, `STREAMS_PER_FAMILY` and `LEASE_TTL_MS` in the environment. */
import { startTimeline } from '../../apps/timeline/start-timeline.js';

const timeline = await startTimeline({
  natsUrl: process.env['NATS_URL']!,
  streamsPerFamily: Number(process.env['STREAMS_PER_FAMILY']),
  leaseTtlMs: Number(process.env['LEASE_TTL_MS']),
});
process.once('SIGTERM', () => void timeline.stop());
