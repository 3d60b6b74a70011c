/** Who folds which stream is agreed upon in NATS (docs/adr/0010): of a checkpoint's lease only the fence stays. */
import { sql, type Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(fences).execute(db);
}

const fences = `
alter table odnix.checkpoints drop column lease_holder, drop column lease_expires_at;
alter table odnix.checkpoints rename column lease_fence to fence;
`;
