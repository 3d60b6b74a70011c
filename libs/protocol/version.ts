/**
 * The protocol's version, told by `session.open`. `major`: what clients may not survive; `minor` counts additions, which
 * never harm. 1.0 did not tell; 1.1: `session.open` answers `server` and `protocol`; 1.2: `sync.chats`, channels;
 * 1.3: `devices.list`, `devices.revoke`, and why a device was removed; 1.4: contacts, `users.update`, privacy of last seen, and
 * both in `sync.snapshot`; `chats.update`, `chats.setRole`, bans, and `permissions` and `history` of chats; 1.5:
 * `messages.delete` for oneself, messages that expire; 1.6: calls.
 */
export interface ProtocolVersion {
  readonly major: number;
  readonly minor: number;
}

export const protocol_version: ProtocolVersion = { major: 1, minor: 6 };
