/** `users.get`, `users.blocked`, `users.getPrivacy`, and between whom the last seen is shown. */
import { isUuid } from '#domain/kernel/ids.js';
import { lastSeenShownBetween, privacyOf } from '#projections/accounts/privacy-query.js';
import { blockedBy, profilesByIdIn } from '#projections/accounts/query.js';
import type { AccountsSchema } from '#projections/accounts/projection.js';
import { LastSeenShownParams, type LastSeenShownResult } from '#protocol/internal-requests.js';
import { page_items_default } from '#protocol/limits.js';
import {
  UsersBlockedParams,
  UsersGetParams,
  UsersGetPrivacyParams,
  type UsersBlockedResult,
  type UsersGetPrivacyResult,
  type UsersGetResult,
} from '#protocol/methods/users.js';
import { decodeCursor, encodeCursor } from '../page-cursor.js';
import { defineQuery } from '../query.js';
import { Refusal } from '#protocol/refusal.js';
import { shownPositions } from '../shown-positions.js';

export const usersGet = defineQuery<UsersGetParams, UsersGetResult>({
  method: 'users.get',
  params: UsersGetParams,
  reads: ['accounts'],
  read: async (context, { user_id }) => {
    const tables = context.snapshot.tables<AccountsSchema>('accounts');
    const [user] = await profilesByIdIn(tables, [user_id]);
    if (!user) throw new Refusal('NOT_FOUND');
    return { result: { user }, seen: shownPositions(context, { userIds: [user_id] }) };
  },
});

export const usersBlocked = defineQuery<UsersBlockedParams, UsersBlockedResult>({
  method: 'users.blocked',
  params: UsersBlockedParams,
  reads: ['accounts'],
  read: async (context, { cursor, limit = page_items_default }) => {
    const position = decodeCursor<[string]>(cursor, ([id, ...more]) => isUuid(id) && more.length === 0);
    const tables = context.snapshot.tables<AccountsSchema>('accounts');
    const { user_id } = context.identity;
    const rows = await blockedBy(tables, user_id, { after: position?.[0], limit: limit + 1 });
    const blocked = rows.slice(0, limit);
    const next = rows.length > limit ? { next_cursor: encodeCursor([blocked.at(-1)!.user_id]) } : {};
    return { result: { blocked, ...next }, seen: shownPositions(context, { userIds: [user_id] }) };
  },
});

export const usersGetPrivacy = defineQuery<UsersGetPrivacyParams, UsersGetPrivacyResult>({
  method: 'users.getPrivacy',
  params: UsersGetPrivacyParams,
  reads: ['accounts'],
  read: async (context) => {
    const { user_id } = context.identity;
    const privacy = await privacyOf(context.snapshot.tables<AccountsSchema>('accounts'), user_id);
    if (!privacy) throw new Refusal('NOT_FOUND');
    return { result: privacy, seen: shownPositions(context, { userIds: [user_id] }) };
  },
});

export const lastSeenShown = defineQuery<LastSeenShownParams, LastSeenShownResult>({
  method: 'lastSeen.shown',
  params: LastSeenShownParams,
  reads: ['accounts'],
  read: async ({ snapshot, identity }, asked) => {
    const tables = snapshot.tables<AccountsSchema>('accounts');
    const user_ids = await lastSeenShownBetween(tables, identity.user_id, asked.user_ids);
    return { result: { user_ids } };
  },
});
