import type { DecisionMeta } from '#domain/kernel/decision.js';
import type { Identity } from '#streams/requests.js';

/** Who asked for what, and in which trace. */
export interface CommandOrigin {
  readonly identity: Identity;
  readonly commandId: string;
  readonly traceparent?: string;
}

/** A client's request is its own first cause. */
export const metaOf = ({
  identity,
  commandId,
  traceparent,
}: CommandOrigin): Omit<DecisionMeta, 'occurred_at_ms'> => ({
  actor: { user_id: identity.user_id, device_id: identity.device_id },
  command_id: commandId,
  causation_id: commandId,
  correlation_id: commandId,
  ...(traceparent !== undefined && { traceparent }),
});
