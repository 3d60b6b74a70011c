import type { ProjectedFamily } from '#projections/define-projection.js';

const gathering_factor = 50;
const gathering_ms_max = 250;
/** Of one transaction. */
const enough_messages = 100;

/**
 * How long a runner lets messages gather before it folds again, unless a reader waits for them: so long that it folds a fiftieth of the
 * time. A transaction costs as much for one message as for twenty, and while many people write, those that would fold
 * each at once take the cores from those that carry messages. Not at all for the first after a while, nor while enough is waiting, nor for
 * accounts: those change seldom, and who asks whether somebody may be seen cannot say since when.
 */
export const gatheringMs = (family: ProjectedFamily, foldedMs: number, pendingCount: number): number =>
  family === 'ACCOUNT' || pendingCount >= enough_messages
    ? 0
    : Math.min(gathering_factor * foldedMs, gathering_ms_max);
