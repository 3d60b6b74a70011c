/**
 * The names of spans' attributes. Those of OpenTelemetry's conventions for messaging and RPC are still called incubating, and are
 * written down here, as its package asks of who uses them, rather than imported.
 */
import type { Attributes } from '@opentelemetry/api';

/** Of our messages over NATS: what is done (`operation`), of which of the conventions' types, and where, in few different names. */
export const messaging = (
  operation: string,
  type: 'send' | 'receive' | 'process' | 'settle',
  destination: string,
): Attributes => ({
  'messaging.system': 'nats',
  'messaging.operation.name': operation,
  'messaging.operation.type': type,
  'messaging.destination.name': destination,
});

export const rpc = (method: string): Attributes => ({ 'rpc.system.name': 'jsonrpc', 'rpc.method': method });

/** Of whom and of what it is; what is not known, or is no id, is left out. */
export interface About {
  readonly user_id?: string | undefined;
  readonly device_id?: string | undefined;
  readonly chat_id?: string | undefined;
  readonly command_id?: string | undefined;
  readonly seq?: number | undefined;
  readonly pts?: number | undefined;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What comes out of requests may be anything: of texts only ids are told, of numbers only whole ones. */
export function about(of: { readonly [Name in keyof About]: unknown }): Attributes {
  const told: Attributes = {};
  for (const [name, value] of Object.entries(of)) {
    if (typeof value === 'string' ? uuid.test(value) : Number.isSafeInteger(value)) {
      told[`odnix.${name}`] = value as string | number;
    }
  }
  return told;
}
