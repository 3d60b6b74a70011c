import type { LogPositionResult } from '#protocol/internal-requests.js';
import { StoreUnavailable } from '#streams/event-store.js';
import { nothingSeen, type Identity, type SeenPositions } from '#streams/requests.js';
import { replied, type Ask } from './ask.js';
import type { LogEpochs } from './log-epochs.js';
import { isSameHash, logStart, positionAt, type LogPosition } from './log-position.js';
import type { LogReader } from './log-reader.js';
import { Refusal } from '#protocol/refusal.js';
import type { SyncTokens } from './sync-tokens.js';

/** Where a client may go on reading; `too_long`: nowhere, it needs a snapshot. */
export type Resumed = { readonly kind: 'at'; readonly position: LogPosition } | { readonly kind: 'too_long' };

/** From what a client holds (a token, or a bare pts) to a position that the log holds as well. Nothing is clamped. */
export class Resume {
  constructor(
    private readonly reader: LogReader,
    private readonly epochs: LogEpochs,
    private readonly tokens: SyncTokens,
    private readonly ask: Ask,
  ) {}

  /** SYNC_TOKEN_INVALID for what is not this user's; another epoch, another hash or beyond the head is too long. */
  async fromToken(userId: string, token: string): Promise<Resumed> {
    const said = this.tokens.decode(userId, token);
    if (said === null) throw new Refusal('SYNC_TOKEN_INVALID');
    if (said.epoch !== (await this.epochs.epochOf(this.reader.streamOf(userId)))) return { kind: 'too_long' };
    if (said.pts === 0) return { kind: 'at', position: logStart };
    const stored = await this.reader.entryAt(userId, said.sequence);
    if (stored?.entry.pts !== said.pts || !isSameHash(stored.entry.hash, said.hash))
      return { kind: 'too_long' };
    return { kind: 'at', position: positionAt(stored) };
  }

  /** PTS_FROM_FUTURE beyond the head. The place of a bare pts is looked up in the read model. */
  async fromPts(identity: Identity, pts: number): Promise<LogPosition> {
    if (pts === 0) return logStart;
    const head = await this.reader.headFor(identity.user_id, pts);
    if (pts > head.pts) throw new Refusal('PTS_FROM_FUTURE', { details: { pts: head.pts } });
    if (pts === head.pts) return head;
    // Only who asks for what was logged a moment ago waits for a read model that is a moment behind.
    const sequence =
      (await this.sequenceOf(identity, pts, nothingSeen)) ??
      (await this.sequenceOf(identity, pts, seenAt(head)));
    if (sequence === null) throw new Refusal('NOT_CAUGHT_UP');
    const stored = await this.reader.entryAt(identity.user_id, sequence);
    if (stored?.entry.pts !== pts) throw new StoreUnavailable('the read model places an entry elsewhere');
    return positionAt(stored);
  }

  /** Null: the read model does not show it. */
  private async sequenceOf(identity: Identity, pts: number, seen: SeenPositions): Promise<number | null> {
    const result = replied(await this.ask.query('log.position', { identity, params: { pts }, seen }));
    return (result as unknown as LogPositionResult).sequence;
  }
}

const seenAt = ({ source }: LogPosition): SeenPositions => ({
  projected: {},
  logged: source === undefined ? {} : { [source.stream]: source.sequence },
});
