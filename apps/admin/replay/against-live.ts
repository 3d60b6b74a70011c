/**
 * What this code's projection makes of the history that is there, beside what queries read now: for whoever changed a
 * projection and wants to know what that would change. It shares the projector's fold on purpose; whether that fold is right
 * is for `verify` to say, which shares nothing with it.
 */
import { sql, type Kysely } from 'kysely';
import { openDatabase } from '#db/database.js';
import { tablesOf } from '#db/builds.js';
import { firstSchema } from '#db/build-schema.js';
import type { DB } from '#db/tables.js';
import { decodeRecord } from '#folding/decode-record.js';
import type { Projection } from '#projections/define-projection.js';
import { storedMessages } from '#streams/stored-messages.js';
import { OperationRefused, type AdminContext } from '../operation.js';
import { compareTable, type TableDifference } from './compare-table.js';
import { rowsInScope, saveScope, scopeOf, type Scope, type ScopeQuestion } from './scope.js';
import { withScratch } from './scratch.js';

const statement_ms_max = 3_600_000;

export interface AgainstLive {
  readonly of: 'projection';
  readonly projection: string;
  readonly version: number;
  readonly live_schema: string;
  /** Up to where both were folded, by stream. */
  readonly positions: Readonly<Record<string, number>>;
  readonly folded: number;
  readonly is_equal: boolean;
  readonly tables: readonly TableDifference[];
  /** Tables of which the narrowed rows cannot be told from the others. */
  readonly not_compared: readonly string[];
}

type Positions = Record<string, number>;

/**
 * Folds as far as the live build has come, and on in one transaction with the comparison: its snapshot shows the live
 * tables as they were at their checkpoints, however many are written meanwhile.
 */
export async function replayAgainstLive(
  context: AdminContext,
  projection: Projection,
  question: ScopeQuestion,
): Promise<AgainstLive> {
  const scope = scopeOf(projection, question, context.nats, context.streamsPerFamily);
  const first = firstSchema(projection.name, projection.version);
  const statements = tablesOf[first];
  if (statements === undefined) throw new OperationRefused(`version: no tables are known for ${first}`);
  const limits = { connections_max: 1, statement_ms_max };
  const db = openDatabase({ url: context.databaseUrl, application: 'admin-replay', ...limits });
  try {
    return await db.connection().execute((connection) =>
      withScratch(connection, first, statements, async (schema) => {
        const replay = new Replay(context, projection, schema, scope);
        const live = await liveOf(connection, projection.name);
        await replay.foldTo(live.positions, (work) => connection.transaction().execute(work));
        return connection
          .transaction()
          .setIsolationLevel('repeatable read')
          .execute((tx) => replay.compare(tx));
      }),
    );
  } finally {
    await db.destroy();
  }
}

type Within = (work: (tx: Kysely<DB>) => Promise<void>) => Promise<void>;

class Replay {
  private readonly reached: Positions = {};
  private folded = 0;

  constructor(
    private readonly context: AdminContext,
    private readonly projection: Projection,
    private readonly schema: string,
    private readonly scope: Scope,
  ) {}

  async foldTo(positions: Positions, within: Within): Promise<void> {
    for (const stream of this.scope.streams) {
      const toSequence = positions[stream] ?? 0;
      await this.foldStream(stream, toSequence, within);
      this.reached[stream] = toSequence;
    }
  }

  async compare(tx: Kysely<DB>): Promise<AgainstLive> {
    const { projection, schema, scope, context } = this;
    const live = await liveOf(tx, projection.name);
    await this.foldTo(live.positions, (work) => work(tx));
    await saveScope(tx, scope);
    const tables: TableDifference[] = [];
    const not_compared: string[] = [];
    for (const [done, table] of projection.tables.entries()) {
      context.signal.throwIfAborted();
      context.progress({ what: 'comparing', done, total: projection.tables.length, unit: 'tables' });
      const where = (columns: readonly string[]) => rowsInScope(columns, scope);
      const difference = await compareTable(tx, { table, live: live.schema, replayed: schema, where });
      if (difference === null) not_compared.push(table);
      else tables.push(difference);
    }
    return {
      of: 'projection',
      projection: projection.name,
      version: projection.version,
      live_schema: live.schema,
      positions: this.reached,
      folded: this.folded,
      is_equal: tables.every((one) => one.differing + one.only_live + one.only_replayed === 0),
      tables,
      not_compared,
    };
  }

  private async foldStream(stream: string, toSequence: number, within: Within): Promise<void> {
    const { nats, signal } = this.context;
    const { family, name } = this.projection;
    const { subject } = this.scope;
    const fromSequence = (this.reached[stream] ?? 0) + 1;
    const narrowed = subject === undefined ? {} : { subject };
    for await (const page of storedMessages(
      nats,
      { stream, fromSequence, toSequence, ...narrowed },
      signal,
    )) {
      const records = page.messages.map((message) => decodeRecord(family, stream, message));
      await within((tx) => this.projection.fold(tx, this.schema, records));
      this.folded += records.length;
      const done = records.at(-1)!.sequence;
      this.context.progress({
        what: `folding ${name} from ${stream}`,
        done,
        total: toSequence,
        unit: 'messages',
      });
    }
  }
}

async function liveOf(db: Kysely<DB>, projection: string): Promise<{ schema: string; positions: Positions }> {
  const { rows } = await sql<{ schema: string; stream: string | null; sequence: number | null }>`
    select p.live_schema as schema, c.stream, c.sequence
    from odnix.projections p left join odnix.checkpoints c on c.schema = p.live_schema
    where p.name = ${projection}`.execute(db);
  const [first] = rows;
  if (first === undefined) throw new OperationRefused(`projection: the database knows no ${projection}`);
  const positions = rows.flatMap(({ stream, sequence }) =>
    stream === null ? [] : [[stream, sequence ?? 0]],
  );
  return { schema: first.schema, positions: Object.fromEntries(positions) as Positions };
}
