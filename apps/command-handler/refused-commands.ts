/**
 * Keeps for auditors which commands were refused, and of whom: after they were answered, so that nobody waits for it, and no more than
 * so many, since anybody can be refused as often as they like. What is left out is counted, and told with the next of that user.
 */
import { isUuid } from '#domain/kernel/ids.js';
import { spend, type Rate } from '#edge/token-bucket.js';
import type { ErrorCode } from '#protocol/errors.js';
import { encodeRefused, refused_seqs_max } from '#streams/refused-command.js';
import type { CommandRequest, CommandsReply, CommandsRequest } from '#streams/requests.js';
import { refusedSubject } from '#streams/subjects.js';

/** Of one user. */
export const refusals_of_user: Rate = { burst: 20, per_s: 0.1 };
/** Of this process. */
const refusals_of_all: Rate = { burst: 200, per_s: 50 };
/** Of whom it is known what they have spent; then it is forgotten of all of them. */
const users_max = 20_000;
const under_way_max = 256;

/**
 * By authority or by conflict. Wrong parameters, limits of rate, and failures of ours say nothing about who may what; nor does what is
 * not there, of which nobody is kept away.
 */
const kept: ReadonlySet<string> = new Set<ErrorCode>([
  'NOT_A_MEMBER',
  'FORBIDDEN',
  'BANNED',
  'BLOCKED',
  'MESSAGE_DELETED',
  'NOT_EDITABLE',
  'WRONG_CHAT_KIND',
  'CHAT_EXISTS',
  'IDEMPOTENCY_MISMATCH',
  'CONFLICT',
  'DEVICE_TOO_NEW',
  'DEVICE_REVOKED',
]);

interface Spent {
  untilMs: number;
  unrecorded: number;
}

/** Resolves with whether the store has it; never throws. */
export type StoreRefused = (subject: string, data: Uint8Array) => Promise<boolean>;

export class RefusedCommands {
  private readonly users = new Map<string, Spent>();
  private allUntilMs = 0;
  private underWay = 0;

  constructor(
    private readonly store: StoreRefused,
    private readonly nowMs: () => number,
  ) {}

  /** Takes what is to be kept of a request that was answered. */
  take(request: CommandsRequest, { replies }: CommandsReply, traceparent: string | undefined): void {
    for (const [index, reply] of replies.entries()) {
      const command = request.commands[index];
      if (command !== undefined && 'error' in reply && kept.has(reply.error.code))
        void this.keep(request, command, reply.error.code, traceparent);
    }
  }

  private async keep(
    { identity, aggregate_id: target }: CommandsRequest,
    { command_id, method, params }: CommandRequest,
    code: string,
    traceparent: string | undefined,
  ): Promise<void> {
    const { user_id, device_id } = identity;
    if (!isUuid(target) || !isUuid(user_id)) return;
    const user = this.spentOf(user_id);
    const unrecorded = this.allowed(user);
    if (unrecorded === null) return;
    const data = encodeRefused({
      format: 1,
      occurred_at_ms: this.nowMs(),
      actor: { user_id, device_id },
      command_id,
      method,
      code,
      seqs: seqsIn(params),
      traceparent: traceparent ?? null,
      unrecorded,
    });
    this.underWay += 1;
    const isStored = await this.store(refusedSubject(target, user_id), data);
    this.underWay -= 1;
    if (!isStored) user.unrecorded += unrecorded + 1;
  }

  /** How many were left out before this one; null: it is left out, too. */
  private allowed(user: Spent): number | null {
    const nowMs = this.nowMs();
    const own = spend(refusals_of_user, user.untilMs, nowMs);
    const all = spend(refusals_of_all, this.allUntilMs, nowMs);
    if ('waitMs' in own || 'waitMs' in all || this.underWay >= under_way_max) {
      user.unrecorded += 1;
      return null;
    }
    [user.untilMs, this.allUntilMs] = [own.spentUntilMs, all.spentUntilMs];
    const { unrecorded } = user;
    user.unrecorded = 0;
    return unrecorded;
  }

  private spentOf(userId: string): Spent {
    if (this.users.size >= users_max && !this.users.has(userId)) this.users.clear();
    const spent = this.users.get(userId) ?? { untilMs: 0, unrecorded: 0 };
    this.users.set(userId, spent);
    return spent;
  }
}

/** Numbers of messages only: whatever else was asked is not kept. */
function seqsIn({ seq, seqs }: CommandRequest['params']): readonly number[] {
  const asked: unknown[] = Array.isArray(seqs) ? seqs.slice(0, refused_seqs_max) : [seq];
  return asked.filter((one): one is number => Number.isSafeInteger(one));
}
