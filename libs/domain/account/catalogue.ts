import { count, list, literal, nullable, optional, ordinal, shape, text } from '../kernel/check.js';
import { catalogued, type Catalogue } from '../kernel/event-catalogue.js';
import type { AccountEvent, ChatSettings, Device, PhoneEvent } from './events.js';

type Data<T extends (AccountEvent | PhoneEvent)['type']> = Extract<
  AccountEvent | PhoneEvent,
  { readonly type: T }
>['data'];

export const deviceShape = shape<Device>({
  device_id: text,
  name: text,
  type: literal('mobile', 'web', 'desktop'),
  added_at_ms: count,
});

export const chatSettingsShape = shape<ChatSettings>({
  chat_id: text,
  visible_from_seq: ordinal,
  muted_until_ms: nullable(count),
  archived: literal(true, false),
  pinned: literal(true, false),
});

const blockShape = shape<Data<'UserBlocked'>>({ user_id: text, other_id: text, change: ordinal });

/** Every event that may stand in an ACCOUNT stream, on a user's subject or a phone's. */
export const accountCatalogue = {
  UserRegistered: catalogued(
    1,
    shape<Data<'UserRegistered'>>({ user_id: text, display_name: text, phone_hash: text }),
  ),
  DeviceAdded: catalogued(1, shape<Data<'DeviceAdded'>>({ user_id: text, device: deviceShape })),
  DeviceRevoked: catalogued(
    1,
    shape<Data<'DeviceRevoked'>>({
      user_id: text,
      device_id: text,
      reason: literal('signed_out', 'revoked', 'refresh_token_reused', 'idle'),
    }),
  ),
  SignInFailed: catalogued(
    1,
    shape<Data<'SignInFailed'>>({
      user_id: text,
      cause: literal('code_locked', 'many_codes'),
      network_hash: text,
    }),
  ),
  UserBlocked: catalogued(1, blockShape),
  UserUnblocked: catalogued(1, blockShape),
  ChatSettingsChanged: catalogued(
    1,
    shape<Data<'ChatSettingsChanged'>>({
      user_id: text,
      after: count,
      settings: chatSettingsShape,
      forgotten: optional(list(text)),
    }),
  ),
  PhoneClaimed: catalogued(1, shape<Data<'PhoneClaimed'>>({ phone_hash: text, user_id: text })),
} satisfies Catalogue<AccountEvent | PhoneEvent>;
