import { accept, reject, repeat } from '../kernel/decider.js';
import type { SetChatSettings } from './commands.js';
import type { ChatSettings, ChatSettingsChanged } from './events.js';
import { pinned_chats_max, set_chats_max } from './limits.js';
import type { ActiveAccount } from './state.js';
import { accountDate, type AccountVerdict } from './verdict.js';

/**
 * One setting changes, the event tells all three: so two devices that change different ones at once lose neither, and of the
 * same one the later in the account holds. Who comes into a chat again has it as everybody has it at first.
 */
export function setChatSettings(account: ActiveAccount, command: SetChatSettings): AccountVerdict {
  const { user_id } = account;
  const { chat_id, visible_from_seq, after, left } = command;
  const dateMs = accountDate(account, command.at_ms);
  const before = account.chats.find((one) => one.chat_id === chat_id);
  const unset = { chat_id, visible_from_seq, muted_until_ms: null, archived: false, pinned: false };
  const present = before?.visible_from_seq === visible_from_seq ? unexpired(before, dateMs) : unset;
  const settings = unexpired({ ...present, ...command.change }, dateMs);
  if (isSame(present, settings)) return repeat({ user_id });
  const gone = account.chats.map((one) => one.chat_id).filter((id) => id !== chat_id && left.includes(id));
  const forgotten = gone.length === 0 ? {} : { forgotten: gone };
  const data = { user_id, after, settings, ...forgotten };
  const chats = withSettings(account.chats, data, dateMs);
  if (chats.filter(({ pinned }) => pinned).length > pinned_chats_max && settings.pinned) {
    return reject('PINNED_LIMIT', { pinned_chats_max });
  }
  if (chats.length > set_chats_max) return reject('CHAT_SETTINGS_LIMIT', { set_chats_max });
  return accept([{ type: 'ChatSettingsChanged', data }], { user_id });
}

/** A chat that is as every chat begins needs no place. */
export function withSettings(
  chats: readonly ChatSettings[],
  { settings, forgotten = [] }: ChatSettingsChanged['data'],
  dateMs: number,
): readonly ChatSettings[] {
  const others = chats.filter(({ chat_id }) => chat_id !== settings.chat_id && !forgotten.includes(chat_id));
  return [...others, settings].filter((one) => isSet(unexpired(one, dateMs)));
}

const isSet = ({ muted_until_ms, archived, pinned }: ChatSettings): boolean =>
  muted_until_ms !== null || archived || pinned;

/** Muted until a time that is over is not muted. */
const unexpired = (settings: ChatSettings, dateMs: number): ChatSettings =>
  settings.muted_until_ms !== null && settings.muted_until_ms <= dateMs
    ? { ...settings, muted_until_ms: null }
    : settings;

const isSame = (one: ChatSettings, other: ChatSettings): boolean =>
  one.muted_until_ms === other.muted_until_ms &&
  one.archived === other.archived &&
  one.pinned === other.pinned;
