/**
 * Waits until NATS answers and its streams stand as this process expects them. What is only not there yet is waited for,
 * saying so; what is there and spread otherwise is refused, since every id would be looked for in the wrong place.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { connectNats } from '#streams/connection.js';
import { standingTopology, type StandingTopology } from '#streams/standing-topology.js';
import type { Progress } from './progress.js';
import { SettingsError } from './settings.js';

const connect_ms_max = 2_000;
const look_again_ms = 250;
const shown_drift_max = 8;

export interface StreamsWanted {
  readonly natsUrl: string;
  readonly streamsPerFamily: number;
}

/** With another number every chat would be looked for in the wrong place. */
export class WrongSpread extends SettingsError {
  constructor(standing: number, given: number) {
    super(
      `STREAMS_PER_FAMILY: expected ${standing}, which is what the streams on these servers are spread over; given: ${given}. ` +
        'Nothing was changed or started.',
    );
  }
}

/** Resolves when the streams are there, or at once when the signal aborts. */
export async function awaitStreams(
  wanted: StreamsWanted,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const standing = await look(wanted);
    if ('unreachable' in standing) {
      progress.waitFor('nats', standing.unreachable);
    } else if (standing.kind === 'missing') {
      const count = `${standing.streams.length} of the streams are not there`;
      progress.waitFor('streams', `${count}; npm run admin -- setup makes them`);
    } else {
      if (standing.kind !== 'whole') throw refusal(standing, wanted);
      return;
    }
    await pause(look_again_ms, undefined, { signal }).catch(() => undefined);
  }
}

/** On a connection of its own, which ends with the look: what is kept reconnects by itself, and for ever. */
async function look({
  natsUrl,
  streamsPerFamily,
}: StreamsWanted): Promise<StandingTopology | { readonly unreachable: string }> {
  try {
    const nats = await connectNats(natsUrl, { name: 'boot', reconnect: false, timeout: connect_ms_max });
    try {
      return await standingTopology(nats, streamsPerFamily);
    } catch (error) {
      return { unreachable: `JetStream does not answer (${reason(error)})` };
    } finally {
      await nats.close();
    }
  } catch (error) {
    return { unreachable: `no connection (${reason(error)})` };
  }
}

/** The client library's messages name servers at most; credentials are taken out of URLs before it sees them. */
const reason = (error: unknown): string => (error instanceof Error ? error.message : 'unknown error');

function refusal(
  standing: Exclude<StandingTopology, { kind: 'whole' | 'missing' }>,
  { streamsPerFamily }: StreamsWanted,
): Error {
  if (standing.kind === 'spread') return new WrongSpread(standing.streamsPerFamily, streamsPerFamily);
  const shown = standing.drift.slice(0, shown_drift_max).map(({ stream, field }) => `${stream}.${field}`);
  return new Error(
    `The streams on these servers are not as this version expects (${shown.join(', ')}). Nothing was started. ` +
      'npm run admin -- streams drift shows the differences, npm run admin -- setup puts right what may be.',
  );
}
