/** The builds of all read models: which is read, who folds them, how far they are. */
import type { NatsConnection } from '@nats-io/nats-core';
import { listBuilds, type Build } from '#db/builds.js';
import { projectionOf } from '#projections/registry.js';
import { DirectGet } from '#streams/direct-get.js';
import { holderIn, isLive, leases_stream, leaseSubject } from '#streams/lease.js';
import { moment, table } from '../table.js';
import { lagsOf, type Lag } from '../lag/lags.js';
import { buildReadings } from '../lag/readings.js';
import type { AdminContext, Operation } from '../operation.js';

const projectorGroup = (schema: string): string => `projector.${schema}`;

export interface BuildShown {
  readonly projection: string;
  readonly version: number;
  readonly schema: string;
  readonly state: Build['state'];
  /** Whether this program knows how to fold that version. */
  readonly is_known: boolean;
  readonly begun_at_ms: number;
  readonly verified_at_ms: number | null;
  /** Since when it is known not to be what the streams say; null: it is not known to. */
  readonly differs_since_ms: number | null;
  readonly streams: readonly (Lag & { readonly folded_by: string | null })[];
}

export interface ProjectionsShown {
  readonly builds: readonly BuildShown[];
}

export const projectionsListOperation: Operation<object, ProjectionsShown> = {
  name: 'projections list',
  summary: 'Shows the builds of every read model: which is read, who folds them, how far they are.',
  examples: [['npm run admin -- projections list', 'before a switch, and after it']],
  role: 'auditor',
  parameters: [],
  run: listProjections,
  print: ({ builds }) =>
    table(
      [
        'projection',
        'version',
        'schema',
        'state',
        'streams',
        'folded by',
        'behind',
        'seconds',
        'begun',
        'verified',
      ],
      builds.map((one) => [
        one.projection,
        one.version,
        one.schema,
        stateOf(one),
        one.streams.length,
        foldedBy(one),
        one.streams.reduce((sum, { messages }) => sum + messages, 0),
        Math.max(0, ...one.streams.map(({ seconds }) => seconds)),
        moment(one.begun_at_ms),
        moment(one.verified_at_ms),
      ]),
    ),
};

const stateOf = ({ state, differs_since_ms, is_known }: BuildShown): string =>
  [state, ...(differs_since_ms === null ? [] : ['DIFFERS']), ...(is_known ? [] : ['unknown here'])].join(
    ', ',
  );

function foldedBy({ streams }: BuildShown): string {
  const nobodys = streams.filter(({ folded_by }) => folded_by === null).length;
  const holders = new Set(streams.flatMap(({ folded_by }) => folded_by ?? [])).size;
  return nobodys === 0 ? processes(holders) : `${processes(holders)}, ${nobodys} streams by nobody`;
}

async function listProjections({ nats, db, streamsPerFamily }: AdminContext): Promise<ProjectionsShown> {
  const builds = await listBuilds(db);
  const lags = await lagsOf(nats, await buildReadings(db, streamsPerFamily), Date.now());
  const shown = builds.map(async (build): Promise<BuildShown> => {
    const { schema, projection, version, state, begun_at, verified_at, differs_since } = build;
    const holders = await holdersOf(nats, projectorGroup(schema));
    const own = lags.filter(({ reader }) => reader === schema);
    return {
      projection,
      version,
      schema,
      state,
      is_known: projectionOf(projection, version) !== undefined,
      begun_at_ms: begun_at.getTime(),
      verified_at_ms: verified_at?.getTime() ?? null,
      differs_since_ms: differs_since?.getTime() ?? null,
      streams: own.map((lag) => ({ ...lag, folded_by: holders.get(lag.stream) ?? null })),
    };
  });
  return { builds: await Promise.all(shown) };
}

/** Name of what is leased → who holds it. */
async function holdersOf(nats: NatsConnection, group: string): Promise<ReadonlyMap<string, string>> {
  const prefix = leaseSubject(`${group}.lease.`);
  const leases = await new DirectGet(nats).getLastForSubjects(leases_stream, [`${prefix}*`]);
  return new Map(leases.filter(isLive).map((lease) => [lease.subject.slice(prefix.length), holderIn(lease)]));
}

const processes = (count: number): string => `${count} ${count === 1 ? 'process' : 'processes'}`;
