/** What the actions of a workload are given: a device, chance, and what its user's devices must not do at the same time. */
import type { OperationRecord } from '../records.js';
import type { Random } from '../../support/random.js';
import { perform, type Operation } from './perform.js';
import type { WireDevice } from './wire-device.js';

/**
 * Messages that one of the user's devices is changing. One change after the other, so that the last one acknowledged is
 * known to be the one that stands; after an unknown outcome never again.
 */
export type Claims = Set<string>;

export interface ChatHint {
  readonly chatId: string;
  readonly isSteady: boolean;
  readonly creator: string;
  /** Who is there, as far as answers told: only to choose by. */
  readonly members: Set<string>;
}

export interface Actor {
  readonly device: WireDevice;
  /** All raw devices of the same user. */
  readonly siblings: readonly WireDevice[];
  /** Sends and edits of the user's that were answered, some of which are asked again much later. */
  readonly answered: Answered[];
  readonly random: Random;
  readonly claims: Claims;
  readonly chats: ReadonlyMap<string, ChatHint>;
  readonly everybody: readonly string[];
  /** Goes on trying for as long as this holds. */
  readonly isPatient: () => boolean;
  count: number;
  lastSnapshotMs: number;
}

export interface Answered {
  readonly operation: Operation;
  readonly by: WireDevice;
  readonly at_ms: number;
}

/** Null: there is nothing of the kind to do now. */
export type Action = (actor: Actor) => Promise<unknown> | null;

export const act = (actor: Actor, operation: Operation): Promise<OperationRecord> =>
  perform(actor.device, operation, actor.isPatient);

/** Holds the claim while the change is under way, for ever when nobody knows whether it happened or nothing may follow. */
export async function claimed(
  { claims }: Pick<Actor, 'claims'>,
  key: string,
  change: () => Promise<OperationRecord>,
  isLast = false,
): Promise<void> {
  claims.add(key);
  const { outcome } = await change();
  if (outcome !== 'unknown' && !isLast) claims.delete(key);
}

export const claimOf = (chatId: string, seq: number): string => `${chatId} ${seq}`;
