import type { OdnixError } from '#client/odnix-error.js';
import { isAtLeast } from '#domain/authority/authority.js';
import type { ChatView } from '#domain/user-log/update.js';
import { printable } from './printable.js';

const acts: Readonly<Record<string, string>> = {
  send: 'write here',
  add_members: 'add people',
  change_info: 'change the group',
};
const whoMay: Readonly<Record<string, string>> = {
  owner: 'Only the owner may',
  admin: 'Only the owner and admins may',
};

/** What the server refused, with what a group's own rules say where it is for them. */
export const refusalWords = ({ message, details }: OdnixError): string =>
  ruleWords(String(details['permission']), String(details['role'])) ?? printable(message);

/** Why this user may not write there, as far as this device knows; null: they may. */
export function whyNotWrite({ role, permissions }: ChatView): string | null {
  return isAtLeast(role, permissions.send) ? null : ruleWords('send', permissions.send);
}

function ruleWords(permission: string, role: string): string | null {
  const [who, what] = [whoMay[role], acts[permission]];
  return who === undefined || what === undefined ? null : `${who} ${what}.`;
}
