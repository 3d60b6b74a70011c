import { isUuid } from '#domain/kernel/ids.js';
import { notification, type Notification, type Notifications } from '#protocol/notifications.js';
import { typingActions } from '#protocol/methods/typing.js';

/** What is true for a moment, for all devices of a user or for one of them. */
export interface Ephemeral {
  readonly told: Notification<'typing' | 'call.signal'>;
  readonly device_id?: string;
}

/** Null for what is none: any process of the teller's account may send to its subject. */
export function readEphemeral(text: string): Ephemeral | null {
  try {
    const { method, params, device_id } = JSON.parse(text) as Record<string, unknown>;
    const told = method === 'typing' ? typingOf(params) : method === 'call.signal' ? signalOf(params) : null;
    if (told === null || !(device_id === undefined || isUuid(device_id))) return null;
    return { told, ...(device_id !== undefined && { device_id }) };
  } catch {
    return null;
  }
}

function typingOf(given: unknown): Notification<'typing'> | null {
  const { chat_id, user_id, action, expires_in_ms } = given as Notifications['typing'];
  const isOne =
    isUuid(chat_id) &&
    isUuid(user_id) &&
    typingActions.some((one) => one === action) &&
    Number.isSafeInteger(expires_in_ms);
  return isOne ? notification('typing', { chat_id, user_id, action, expires_in_ms }) : null;
}

function signalOf(given: unknown): Notification<'call.signal'> | null {
  const { chat_id, call_id, user_id, device_id, payload } = given as Notifications['call.signal'];
  const isOne = [chat_id, call_id, user_id, device_id].every(isUuid) && typeof payload === 'string';
  return isOne ? notification('call.signal', { chat_id, call_id, user_id, device_id, payload }) : null;
}
