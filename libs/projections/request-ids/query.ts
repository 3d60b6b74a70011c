import type { Database } from '#db/database.js';
import { readSnapshot } from '#db/snapshot.js';
import type { RequestIdsSchema } from './projection.js';

/**
 * The first decision that carried the key, and up to which sequence of the stream that is exact (docs/adr/0003): a key
 * that is not found here may still stand after `covered_to`.
 */
export async function findRequest(
  db: Database,
  asked: { stream: string; user_id: string; aggregate_id: string; request_id: string },
): Promise<{ found: { sequence: number } | null; covered_to: number }> {
  return readSnapshot(db, ['request_ids'], async (snapshot) => {
    const found = await snapshot
      .tables<RequestIdsSchema>('request_ids')
      .selectFrom('request_ids')
      .select('sequence')
      .where('user_id', '=', asked.user_id)
      .where('aggregate_id', '=', asked.aggregate_id)
      .where('request_id', '=', asked.request_id)
      .executeTakeFirst();
    return { found: found ?? null, covered_to: snapshot.coveredTo('request_ids', asked.stream) };
  });
}
