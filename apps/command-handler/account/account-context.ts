/** What the account methods stand on, and the one way to decide on an account. */
import {
  accountDecider,
  buildAccountDecision,
  restoreAccount,
  type AccountCommand,
  type AccountDecision,
} from '#domain/account/index.js';
import { Refusal } from '#protocol/refusal.js';
import type { DevicesRevoked } from '#streams/devices-revoked.js';
import type { EventStore, LoadedAggregate } from '#streams/event-store.js';
import type { SightChanged } from '#streams/sight-changed.js';
import type { Answered } from '#streams/requests.js';
import { accountSubject, streamOf } from '#streams/subjects.js';
import type { ChatService } from '../chat/chat-service.js';
import type { Clock } from '../clock.js';
import { metaOf, type CommandOrigin } from '../decision-meta.js';
import { messageIdOf } from '../idempotency.js';
import type { MembersExist } from '../members-exist.js';
import type { ReadModels } from '../read-models.js';
import type { Receipts } from '../receipts.js';
import type { QrAcceptance } from './accept-qr.js';
import { decideAndAppend } from './decide-and-append.js';

export interface AccountDependencies {
  readonly store: EventStore;
  readonly receipts: Receipts;
  readonly qr: Pick<QrAcceptance, 'accept'>;
  readonly clock: Clock;
  readonly streamsPerFamily: number;
  /** After it was stored; may be lost. */
  readonly tellRevoked: (revoked: DevicesRevoked) => void;
  /** That somebody lets others see more of them, or less. After it was stored; may be lost. */
  readonly tellSight: (userId: string, changed: SightChanged) => void;
  readonly membersExist: MembersExist;
  readonly chats: Pick<ChatService, 'bringBlock' | 'membership'>;
  readonly models: Pick<ReadModels, 'hidden'>;
}

export interface AccountContext extends AccountDependencies {
  readonly origin: CommandOrigin;
  readonly aggregateId: string;
}

/** A command without its origin. `isLogged`: the account's own log tells of it. */
type Asked = AccountCommand extends infer C
  ? C extends AccountCommand
    ? Omit<C, 'actor' | 'at_ms'>
    : never
  : never;

export interface Asking {
  readonly isLogged?: boolean;
  /** The client's, for as long as the store remembers it; otherwise the command's own id. */
  readonly key?: string | undefined;
}

export async function decideAccount(
  context: AccountContext,
  asked: Asked,
  { isLogged = true, key }: Asking = {},
) {
  const at_ms = context.clock.nowMs();
  const decision_id = context.clock.nextId();
  const command = { ...asked, actor: metaOf(context.origin).actor, at_ms } as AccountCommand;
  const { verdict, head } = await decideAndAppend(context.store, {
    subject: accountSubject(context.aggregateId),
    messageId: messageIdIn(context, key),
    restore: (loaded: LoadedAggregate<AccountDecision> | null) =>
      restoreAccount(loaded?.head.decision ?? null),
    decide: (state) => accountDecider.decide(state, command),
    build: (state, events) =>
      buildAccountDecision({ ...partsOf(context, decision_id), state, events }).decision,
  });
  const account = restoreAccount(head?.decision ?? null);
  if (verdict.kind === 'reject' || account.status === 'none') {
    const { code, details } = verdict.kind === 'reject' ? verdict.rejection : { code: 'NOT_FOUND' as const };
    throw new Refusal(code, details ? { details } : {});
  }
  const projected = placeOf(context, head);
  // By the command, not by the verdict: what was stored and not answered is found as done already.
  const accepted = head?.decision.meta.command_id === context.origin.commandId;
  const answered: Answered = { result: {}, seen: { projected, logged: isLogged ? projected : {} } };
  const events = accepted ? (head?.decision.events ?? []) : [];
  return { answered, account, accepted, events, isRepeat: verdict.kind === 'repeat' };
}

export const messageIdIn = ({ origin, aggregateId }: AccountContext, key = origin.commandId): string =>
  messageIdOf(origin.identity.user_id, aggregateId, key);

export const partsOf = ({ clock, origin }: AccountContext, decision_id: string) => ({
  decision_id,
  nextId: clock.nextId,
  at_ms: clock.nowMs(),
  meta: metaOf(origin),
});

export const placeOf = (
  { aggregateId, streamsPerFamily }: AccountContext,
  head: { readonly sequence: number } | null,
): Readonly<Record<string, number>> =>
  head === null ? {} : { [streamOf('ACCOUNT', aggregateId, streamsPerFamily)]: head.sequence };
