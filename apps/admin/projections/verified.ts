/** Before a build is read: it must be what the streams say, by a fold that knows nothing of the projector's. */
import { sql } from 'kysely';
import { OperationRefused } from '../operation.js';
import { isEqual } from '../verify/verify-operation.js';
import { verifyTargets } from '../verify/verify-targets.js';
import type { Verify } from './finish-builds.js';

export const verified: Verify = async (context, { projection, schema }) => {
  const found = await verifyTargets(context, { projections: [projection], build: schema });
  if (!isEqual(found))
    throw new OperationRefused(
      `${schema} is not what the streams say, so it is not read. What differs: ` +
        `npm run admin -- projections verify ${projection} --build ${schema}`,
    );
  await context.db
    .updateTable('odnix.builds')
    .set({ verified_at: sql`now()` })
    .where('schema', '=', schema)
    .execute();
};
