import type { UsersSetPrivacyParams, UsersUpdateParams, UserView } from '#protocol/methods/users.js';
import type { Answered } from '#streams/requests.js';
import { decideAccount, type AccountContext } from './account-context.js';

/** Answers the profile as it is then. */
export async function changeProfile(
  { display_name, about, client_request_id: key }: UsersUpdateParams,
  context: AccountContext,
): Promise<Answered> {
  const asked = { type: 'ChangeProfile' as const, display_name, about: about === '' ? null : about };
  const { answered, account } = await decideAccount(context, asked, { key });
  const words = account.about === null ? {} : { about: account.about };
  const user: UserView = { user_id: account.user_id, display_name: account.display_name, ...words };
  return { ...answered, result: { user } };
}

export async function changePrivacy(
  { last_seen, client_request_id: key }: UsersSetPrivacyParams,
  context: AccountContext,
): Promise<Answered> {
  const asked = { type: 'ChangePrivacy' as const, privacy: { last_seen } };
  const { answered } = await decideAccount(context, asked, { key });
  context.tellSight(context.aggregateId, { projected: answered.seen.projected });
  return answered;
}
