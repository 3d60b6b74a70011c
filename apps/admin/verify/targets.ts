/** The schemas that are compared: the live ones unless another build is named. */
import type pg from 'pg';
import { OperationRefused } from '../operation.js';
import { folds } from './folds.js';
import type { ProjectionFold } from './table-fold.js';

export interface Target {
  readonly schema: string;
  readonly fold: ProjectionFold;
}

/** By stream, the last sequence that a schema shows. */
export type Checkpoints = ReadonlyMap<string, number>;

/** `projections`: their names, all when empty. `build`: the schema to look at instead of the live one; then one projection. */
export async function chooseTargets(
  client: pg.ClientBase,
  { projections, build }: { readonly projections: readonly string[]; readonly build?: string | undefined },
): Promise<readonly Target[]> {
  const names = projections.length === 0 ? folds.map(({ projection }) => projection) : projections;
  if (build !== undefined && names.length !== 1)
    throw new OperationRefused('A build is of one projection: name it.');
  const { rows } = await client.query<{ name: string; live_version: number }>(
    'select name, live_version from odnix.projections',
  );
  return names.map((name) => {
    const live = rows.find((row) => row.name === name);
    if (live === undefined)
      throw new OperationRefused(`There is no projection ${name}. There are: ${namesOf(rows)}.`);
    const schema = build ?? `${name}_v${live.live_version}`;
    return { schema, fold: foldOf(name, schema) };
  });
}

/** As the transaction that asks sees them. */
export async function checkpointsOf(client: pg.ClientBase, { schema, fold }: Target): Promise<Checkpoints> {
  const { rows } = await client.query<{ stream: string; sequence: string }>(
    'select stream, sequence from odnix.checkpoints where projection = $1 and version = $2',
    [fold.projection, versionOf(schema)],
  );
  return new Map(rows.map(({ stream, sequence }) => [stream, Number(sequence)]));
}

function foldOf(projection: string, schema: string): ProjectionFold {
  const fold = folds.find((one) => one.projection === projection && one.version === versionOf(schema));
  if (fold === undefined || !schema.startsWith(`${projection}_v`))
    throw new OperationRefused(`Verify has no fold of its own for ${schema} of ${projection}.`);
  return fold;
}

/** `chats_v1` and `chats_v1_b2` are of version 1. */
const versionOf = (schema: string): number => Number(/_v(\d+)(_b\d+)?$/.exec(schema)?.[1] ?? 0);

const namesOf = (rows: readonly { name: string }[]): string => rows.map(({ name }) => name).join(', ');
