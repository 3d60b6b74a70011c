import type { EntryDraft } from '../user-log/draft.js';
import type { AccountEvent, ContactEvent } from './events.js';

/** What an account's event tells its own user: at most one entry. Nobody else is told of a profile: who shows it asks. */
export function accountEntriesOf(event: AccountEvent | ContactEvent): EntryDraft[] {
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
    case 'ProfileChanged':
      return [{ user_id: event.data.user_id, kind: 'user.changed' }];
    case 'PrivacyChanged':
      return [{ user_id: event.data.user_id, kind: 'privacy.changed' }];
    case 'ContactSet':
      return [{ user_id: event.data.user_id, kind: 'contact.changed' }];
    case 'MessagesHidden': {
      const { user_id, chat_id, seqs } = event.data;
      return [{ user_id, kind: 'messages.hidden', chat_id, values: { seqs } }];
    }
    case 'UserRegistered':
    case 'SignInFailed':
      return [];
  }
}
