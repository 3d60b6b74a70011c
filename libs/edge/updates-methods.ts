import type {
  UpdatesAckParams,
  UpdatesAckResult,
  UpdatesGetDifferenceParams,
  UpdatesGetDifferenceResult,
  UpdatesGetStateResult,
} from '#protocol/methods/updates.js';
import { difference_updates_default } from '#protocol/limits.js';
import type { Acknowledge } from './acknowledge.js';
import type { Caller } from './caller.js';
import type { CatchUp } from './catch-up.js';
import type { LogEpochs } from './log-epochs.js';
import type { LogPosition } from './log-position.js';
import { LogDiverged } from './log-reader.js';
import type { Resume } from './resume.js';
import { Refusal } from '#protocol/refusal.js';
import type { SyncTokens } from './sync-tokens.js';
import { turns } from './turns.js';

export interface UserLogServices {
  readonly catchUp: CatchUp;
  readonly resume: Resume;
  readonly epochs: LogEpochs;
  readonly tokens: SyncTokens;
  readonly acknowledge: Acknowledge;
}

/** `updates.*`, the same over every transport. */
export class UpdatesMethods {
  constructor(private readonly log: UserLogServices) {}

  async getState(caller: Caller): Promise<UpdatesGetStateResult> {
    const { head, sync_token } = await this.headWithToken(caller);
    return { pts: head.pts, sync_token, date_ms: head.dateMs };
  }

  async getDifference(
    caller: Caller,
    params: UpdatesGetDifferenceParams,
  ): Promise<UpdatesGetDifferenceResult> {
    const { identity } = caller;
    // Before anything is read of the log: what is read is at least of that epoch, so a later one never vouches for it.
    const epoch = await this.epochOf(identity!.user_id);
    const from = await this.startOf(caller, params);
    if (from === null) return this.tooLong(caller);
    try {
      return await this.differenceFrom(caller, epoch, from, params.limit ?? difference_updates_default);
    } catch (error) {
      if (error instanceof LogDiverged) return this.tooLong(caller);
      throw error;
    }
  }

  /** Without a session: what is acknowledged is read from the log, from where this device was before. */
  async ack({ identity }: Caller, { pts }: UpdatesAckParams): Promise<UpdatesAckResult> {
    const { acknowledge } = this.log;
    await this.mustReach(identity!.user_id, pts);
    const from = await acknowledge.positionBefore(identity!, pts);
    if (from.pts >= pts) return {};
    const { cursors } = await acknowledge.cursorsBetween(identity!.user_id, from, pts);
    return acknowledge.store(identity!, cursors, pts);
  }

  async mustReach(userId: string, pts: number): Promise<void> {
    const head = await this.log.catchUp.reader.headFor(userId, pts);
    if (pts > head.pts) throw new Refusal('PTS_FROM_FUTURE', { details: { pts: head.pts } });
  }

  /** Null: too long. */
  private async startOf(
    { identity }: Caller,
    params: UpdatesGetDifferenceParams,
  ): Promise<LogPosition | null> {
    if (params.sync_token === undefined) return this.log.resume.fromPts(identity!, params.pts!);
    const resumed = await this.log.resume.fromToken(identity!.user_id, params.sync_token);
    return resumed.kind === 'at' ? resumed.position : null;
  }

  private async differenceFrom(
    caller: Caller,
    epoch: number,
    from: LogPosition,
    limit: number,
  ): Promise<UpdatesGetDifferenceResult> {
    const userId = caller.identity!.user_id;
    const { catchUp, tokens } = this.log;
    const { items, more } = await catchUp.updatesAfter(userId, from, limit, caller.seen.positions);
    for (const item of items) caller.seen.addUpdate(item);
    const at = items.at(-1) ?? from;
    return {
      type: items.length === 0 ? 'empty' : more ? 'slice' : 'difference',
      updates: await turns.map(items, (item) => tokens.notification(userId, epoch, item)),
      pts: at.pts,
      sync_token: tokens.encode(userId, epoch, at),
    };
  }

  private async tooLong(caller: Caller): Promise<UpdatesGetDifferenceResult> {
    const { head, sync_token } = await this.headWithToken(caller);
    return { type: 'too_long', updates: [], pts: head.pts, sync_token };
  }

  /** No session is told less of its log than it was told before. */
  private async headWithToken({
    identity,
    seen,
  }: Caller): Promise<{ head: LogPosition; sync_token: string }> {
    const userId = identity!.user_id;
    const epoch = await this.epochOf(userId);
    const head = await this.log.catchUp.reader.headFor(userId, seen.pts);
    seen.addHead(head);
    return { head, sync_token: this.log.tokens.encode(userId, epoch, head) };
  }

  private epochOf(userId: string): Promise<number> {
    return this.log.epochs.epochOf(this.log.catchUp.reader.streamOf(userId));
  }
}
