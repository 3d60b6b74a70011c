import { accept, repeat } from '../kernel/decider.js';
import type { ChangePrivacy, ChangeProfile } from './commands.js';
import type { Privacy } from './events.js';
import type { ActiveAccount } from './state.js';
import type { AccountVerdict } from './verdict.js';

/** Of who has never said anything else. */
export const openPrivacy: Privacy = { last_seen: 'everybody' };
export const unsetProfile = { about: null, privacy: openPrivacy } as const;

/**
 * What is named changes, the event tells all of it: devices that change the name and the words about oneself at once lose
 * neither, and of the same one the later in the account holds.
 */
export function changeProfile(account: ActiveAccount, command: ChangeProfile): AccountVerdict {
  const { user_id } = account;
  const display_name = command.display_name ?? account.display_name;
  const about = command.about === undefined ? account.about : command.about;
  if (display_name === account.display_name && about === account.about) return repeat({ user_id });
  return accept([{ type: 'ProfileChanged', data: { user_id, display_name, about } }], { user_id });
}

export function changePrivacy(
  { user_id, privacy: before }: ActiveAccount,
  { privacy }: ChangePrivacy,
): AccountVerdict {
  if (privacy.last_seen === before.last_seen) return repeat({ user_id });
  return accept([{ type: 'PrivacyChanged', data: { user_id, privacy } }], { user_id });
}
