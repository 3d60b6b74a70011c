/** Rows into a table by COPY, as many as come. */
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import pg from 'pg';
import { from } from 'pg-copy-streams';

export type Value = string | number | boolean | null;

const chunk_chars = 262_144;

export class Copy {
  private text = '';

  private constructor(
    private readonly client: pg.Client,
    private readonly copy: ReturnType<typeof from>,
    private readonly done: Promise<void>,
  ) {}

  static async into(databaseUrl: string, table: string, columns: string): Promise<Copy> {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    const copy = client.query(from(`copy ${table} (${columns}) from stdin`));
    const done = finished(copy);
    // It is awaited by `end`; until then a failure must not count as unhandled.
    done.catch(() => undefined);
    return new Copy(client, copy, done);
  }

  /** What has no tab, line break or backslash. */
  async row(values: readonly Value[]): Promise<void> {
    this.text += `${values.map((value) => value ?? '\\N').join('\t')}\n`;
    if (this.text.length < chunk_chars) return;
    const isFull = !this.copy.write(this.text);
    this.text = '';
    if (isFull) await Promise.race([once(this.copy, 'drain'), this.done]);
  }

  async end(): Promise<void> {
    this.copy.end(this.text);
    await this.done;
    await this.client.end();
  }
}
