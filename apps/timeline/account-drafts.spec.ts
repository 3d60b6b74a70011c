import { expect, it } from 'vitest';
import type { AccountEvent } from '#domain/account/index.js';
import type { Decision } from '#domain/kernel/decision.js';
import { accountDrafts, chatsConcerned, type ChatNow } from './drafts.js';

const values = { muted_until_ms: null, archived: true, pinned: false };
const settings = { chat_id: 'hiking', visible_from_seq: 3, ...values };
const decision = {
  meta: { occurred_at_ms: 1_000 },
  events: [{ type: 'ChatSettingsChanged', data: { user_id: 'anna', after: 7, settings } } as AccountEvent],
} as unknown as Decision;
const chatWhere = (...members: readonly (readonly [string, number])[]): ChatNow => ({
  members: new Map(
    members.map(([user_id, visible_from_seq]) => [
      user_id,
      { user_id, visible_from_seq, role: 'member', joined_at_ms: 1_000 },
    ]),
  ),
  chat_pts: 12,
});
const drafts = (chat: ChatNow | null) => accountDrafts(decision, () => chat);

/** Seen failing: without the comparison of stays, the two lines of who left. */
it('settings of a chat are told to who is in it, in the stay in which they were set', () => {
  const draft = { user_id: 'anna', kind: 'chat.settings', chat_id: 'hiking', chat_pts: 12, values };
  expect(drafts(chatWhere(['anna', 3], ['ben', 1]))).toStrictEqual([{ ...draft, date_ms: 1_000, index: 0 }]);
  expect(drafts(chatWhere(['ben', 1]))).toStrictEqual([]);
  expect(drafts(chatWhere(['anna', 9], ['ben', 1]))).toStrictEqual([]);
  expect(drafts(null)).toStrictEqual([]);
  expect(chatsConcerned(decision)).toStrictEqual([{ chat_id: 'hiking', after: 7 }]);
});
