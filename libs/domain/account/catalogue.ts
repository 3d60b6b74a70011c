import { count, list, literal, nullable, optional, ordinal, shape, text } from '../kernel/check.js';
import { catalogued, type Catalogue } from '../kernel/event-catalogue.js';
import type { AccountEvent, ChatSettings, ContactEvent, Device, PhoneEvent, Privacy } from './events.js';

type AnyEvent = AccountEvent | PhoneEvent | ContactEvent;
type Data<T extends AnyEvent['type']> = Extract<AnyEvent, { readonly type: T }>['data'];

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

export const privacyShape = shape<Privacy>({ last_seen: literal('everybody', 'contacts', 'nobody') });

const blockShape = shape<Data<'UserBlocked'>>({ user_id: text, other_id: text, change: ordinal });

/** Every event that may stand in an ACCOUNT stream, on a subject of a user or a phone. */
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
      reason: literal('signed_out', 'revoked', 'refresh_token_reused', 'idle', 'replaced'),
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
  ProfileChanged: catalogued(
    1,
    shape<Data<'ProfileChanged'>>({ user_id: text, display_name: text, about: nullable(text) }),
  ),
  PrivacyChanged: catalogued(1, shape<Data<'PrivacyChanged'>>({ user_id: text, privacy: privacyShape })),
  ContactSet: catalogued(
    1,
    shape<Data<'ContactSet'>>({ user_id: text, other_id: text, nickname: nullable(text) }),
  ),
  MessagesHidden: catalogued(
    1,
    shape<Data<'MessagesHidden'>>({ user_id: text, chat_id: text, seqs: list(ordinal), after: count }),
  ),
  PhoneClaimed: catalogued(1, shape<Data<'PhoneClaimed'>>({ phone_hash: text, user_id: text })),
} satisfies Catalogue<AnyEvent>;
