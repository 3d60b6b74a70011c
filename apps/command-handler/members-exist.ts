import type { EventStore } from '#streams/event-store.js';
import { accountSubject } from '#streams/subjects.js';
import type { ReadModels } from './read-models.js';
import { Refusal } from '#protocol/refusal.js';

/** Of those the read model does not know, so many are looked for in the store: more are no lag, they are wrong ids. */
const unknown_users_checked_max = 32;

/** Whether people who are to become members have an account; the read model may lag by the last who signed up. */
export class MembersExist {
  constructor(
    private readonly models: ReadModels,
    private readonly store: EventStore,
  ) {}

  /** Throws the Refusal `NOT_FOUND` that names those who do not exist. */
  async check(userIds: readonly string[]): Promise<void> {
    const existing = await this.models.existingUsers(userIds);
    const unknown = userIds.filter((id) => !existing.has(id));
    if (unknown.length === 0) return;
    const missing = unknown.length > unknown_users_checked_max ? unknown : await this.withoutAccount(unknown);
    if (missing.length > 0) throw new Refusal('NOT_FOUND', { details: { user_ids: missing } });
  }

  private async withoutAccount(userIds: readonly string[]): Promise<string[]> {
    const accounts = await Promise.all(userIds.map((id) => this.store.load(accountSubject(id))));
    return userIds.filter((_, index) => accounts[index] === null);
  }
}
