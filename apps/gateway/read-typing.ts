import type { Notifications } from '#protocol/notifications.js';
import { isUuid } from '#domain/kernel/ids.js';
import { typingActions } from '#protocol/methods/typing.js';

type TypingNote = Notifications['typing'];

/** Null for what is none: any process of the teller's account may send to its subject. */
export function readTyping(text: string): TypingNote | null {
  try {
    const { chat_id, user_id, action, expires_in_ms } = JSON.parse(text) as Partial<TypingNote>;
    const isNote =
      isUuid(chat_id) &&
      isUuid(user_id) &&
      typingActions.some((one) => one === action) &&
      Number.isSafeInteger(expires_in_ms);
    return isNote ? ({ chat_id, user_id, action, expires_in_ms } as TypingNote) : null;
  } catch {
    return null;
  }
}
