/**
 * A connection on which statements with parameters are prepared when they are first met: parsed once, and planned once where a plan for
 * any parameters is as good (PostgreSQL decides that after five of them). Tables in partitions make planning the larger part
 * of a short statement.
 */
import pg from 'pg';

/** Of a process. What comes after so many different texts is not prepared: each costs every connection some memory. */
const statements_max = 500;
/** A prepared statement's table has other columns than when it was prepared. */
const cached_plan_changed = '0A000';

const names = new Map<string, string>();

function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= statements_max) return known;
  const name = `odnix_${names.size}`;
  names.set(text, name);
  return name;
}

export class PreparedClient extends pg.Client {
  override query(...args: unknown[]): never {
    const [text, values] = args;
    if (typeof text !== 'string' || !Array.isArray(values) || values.length === 0 || args.length > 2)
      return super.query(...(args as [never])) as never;
    const asked = super.query({ name: nameOf(text), text, values } as pg.QueryConfig);
    asked.catch((error: unknown) => this.endIfOutdated(error));
    return asked as never;
  }

  /** A connection that is ended leaves its pool; the next one prepares anew. */
  private endIfOutdated(error: unknown): void {
    if ((error as { code?: unknown }).code === cached_plan_changed) void this.end().catch(() => undefined);
  }
}
