import type { DecisionMeta } from '#domain/kernel/decision.js';
import type { Identity } from '#streams/requests.js';

/** Who asked for what, and in which trace. */
export interface CommandOrigin {
  readonly identity: Identity;
  readonly commandId: string;
  readonly traceparent?: string;
  /** Nobody of the account did it: the server by itself, or somebody who is not let in. */
  readonly isSystem?: true;
}

/** A client's request is its own first cause. */
export const metaOf = ({
  identity,
  commandId,
  traceparent,
  isSystem,
}: CommandOrigin): Omit<DecisionMeta, 'occurred_at_ms'> => ({
  actor: isSystem ? { user_id: null, device_id: null } : { ...identity },
  command_id: commandId,
  causation_id: commandId,
  correlation_id: commandId,
  ...(traceparent !== undefined && { traceparent }),
});
