import type { EntryDraft } from '../user-log/draft.js';
import type { AccountEvent } from './events.js';

/** What an account's event tells its own user: at most one entry. */
export function accountEntriesOf(event: AccountEvent): EntryDraft[] {
  switch (event.type) {
    case 'DeviceAdded':
      return [{ user_id: event.data.user_id, kind: 'device.added' }];
    case 'DeviceRevoked':
      return [{ user_id: event.data.user_id, kind: 'device.removed' }];
    case 'UserBlocked':
      return [{ user_id: event.data.user_id, kind: 'user.blocked' }];
    case 'UserUnblocked':
      return [{ user_id: event.data.user_id, kind: 'user.unblocked' }];
    case 'ChatSettingsChanged': {
      const { chat_id, muted_until_ms, archived, pinned } = event.data.settings;
      const values = { muted_until_ms, archived, pinned };
      return [{ user_id: event.data.user_id, kind: 'chat.settings', chat_id, values }];
    }
    case 'UserRegistered':
    case 'SignInFailed':
      return [];
  }
}
