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
  known: readonly ProjectionFold[] = folds,
): Promise<readonly Target[]> {
  const names =
    projections.length === 0 ? [...new Set(known.map(({ projection }) => projection))] : projections;
  const { rows } = await client.query<BuildRow>(
    `select b.schema, b.projection, b.version, b.schema = p.live_schema as is_live
     from odnix.builds b join odnix.projections p on p.name = b.projection order by b.schema`,
  );
  if (build === undefined) return names.map((name) => targetOf(rows, name, known, (row) => row.is_live));
  const of = projections.length === 0 ? [projectionOf(rows, build)] : projections;
  return of.map((name) => targetOf(rows, name, known, ({ schema }) => schema === build));
}

interface BuildRow {
  readonly schema: string;
  readonly projection: string;
  readonly version: number;
  readonly is_live: boolean;
}

/** As the transaction that asks sees them. */
export async function checkpointsOf(client: pg.ClientBase, { schema }: Target): Promise<Checkpoints> {
  const { rows } = await client.query<{ stream: string; sequence: string }>(
    'select stream, sequence from odnix.checkpoints where schema = $1',
    [schema],
  );
  return new Map(rows.map(({ stream, sequence }) => [stream, Number(sequence)]));
}

/** What is compared is folded up to there. */
export async function noteCheckpoints(
  client: pg.ClientBase,
  scratch: string,
  { schema }: Target,
  checkpoints: Checkpoints,
): Promise<void> {
  await client.query(
    `insert into ${scratch}.upto select $1, stream, sequence from unnest($2::text[], $3::bigint[]) u(stream, sequence)`,
    [schema, [...checkpoints.keys()], [...checkpoints.values()]],
  );
}

function projectionOf(rows: readonly BuildRow[], build: string): string {
  const row = rows.find(({ schema }) => schema === build);
  return (
    row?.projection ?? refuse(`There is no build ${build}: projections list shows those that there are.`)
  );
}

function targetOf(
  rows: readonly BuildRow[],
  projection: string,
  known: readonly ProjectionFold[],
  is: (row: BuildRow) => boolean,
): Target {
  const row = rows.find((one) => one.projection === projection && is(one));
  if (row === undefined)
    refuse(`There is no such build of ${projection}: projections list shows those that there are.`);
  const { schema, version } = row;
  const fold = known.find((one) => one.projection === projection && one.version === version);
  return {
    schema,
    fold: fold ?? refuse(`Verify has no fold of its own for version ${version} of ${projection}.`),
  };
}

function refuse(text: string): never {
  throw new OperationRefused(text);
}
