import type { SyncSnapshotAnswer, SyncSnapshotResult } from '#protocol/methods/updates.js';
import type { Reply } from '#streams/requests.js';
import type { SyncTokens } from './sync-tokens.js';

/** The query knows the position of its snapshot; the token is made here. */
export async function snapshotWithToken(
  tokens: SyncTokens,
  epochOf: (userId: string) => Promise<number>,
  userId: string,
  reply: Reply,
): Promise<Reply> {
  if ('error' in reply) return reply;
  const { sequence, ...answer } = reply.result as unknown as SyncSnapshotAnswer;
  const { pts, hash } = answer;
  const sync_token = tokens.encode(userId, await epochOf(userId), { pts, hash, sequence });
  const result: SyncSnapshotResult = { ...answer, sync_token };
  return { ...reply, result: { ...result } };
}
