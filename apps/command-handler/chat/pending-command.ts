import type { SaltedBody } from '#domain/chat/index.js';
import type { RequestMark } from '#domain/kernel/decision.js';
import type { Reply } from '#streams/requests.js';
import type { CommandOrigin } from '../decision-meta.js';
import type { FoundFacts } from '../read-models.js';
import type { ChatMethod } from './methods.js';
import type { RecentDecision } from './recent-run.js';

/** A command that waits for its chat: everything but the chat itself is known. */
export interface PendingCommand extends CommandOrigin {
  readonly chatId: string;
  readonly method: string;
  readonly definition: ChatMethod;
  readonly params: object;
  /** One for all attempts: an append whose answer was lost is told by it. */
  readonly decisionId: string;
  readonly mark?: RequestMark;
  readonly body: SaltedBody | null;
  readonly lookups: Lookups;
  /** The first call counts, also while its promise is not settled; later ones change nothing. */
  readonly answer: (reply: Reply | Promise<Reply>) => void;
}

/** What the read models said, where they were asked; each with the position up to which they knew the chat's stream. */
export interface Lookups {
  readonly request?: LookedUpRequest;
  readonly facts?: FoundFacts;
}

export interface LookedUpRequest {
  readonly position: number;
  /** The decision that the key led to. `erased`: it did lead to an edit, whose message is erased since. */
  readonly found: RecentDecision | 'erased' | null;
  /** Or the one that deleted the message that the key led to. */
  readonly tombstone?: RecentDecision;
}
