/** Before a build is read: it must be what the streams say, by a fold that knows nothing of the projector's. */
import { noteVerified } from '#db/builds.js';
import { OperationRefused } from '../operation.js';
import type { ProjectionFold } from '../verify/table-fold.js';
import { isEqual } from '../verify/verify-operation.js';
import { verifyTargets } from '../verify/verify-targets.js';
import type { Verify } from './finish-builds.js';

export const verifiedBy =
  (folds: readonly ProjectionFold[]): Verify =>
  async (context, { projection, schema }) => {
    const found = await verifyTargets(context, { projections: [projection], build: schema }, folds);
    await noteVerified(context.db, schema, isEqual(found));
    if (isEqual(found)) return;
    throw new OperationRefused(
      `${schema} is not what the streams say, so it is not read. What differs: ` +
        `npm run admin -- projections verify ${projection} --build ${schema}`,
    );
  };
