import type { ActiveAccount } from '#domain/account/state.js';
import { accountSubject } from '#streams/subjects.js';
import type { EventStore } from '#streams/event-store.js';
import type { Identity } from '#streams/requests.js';

/** Whether a device is signed in now: an access token alone would still open doors after its device was revoked. */
export class SignedInDevices {
  constructor(private readonly store: Pick<EventStore, 'load'>) {}

  /** From the account's own stream. Throws when that does not answer. */
  async has({ user_id, device_id }: Identity): Promise<boolean> {
    const listed = async (fresh: boolean) => {
      const loaded = await this.store.load(accountSubject(user_id), { fresh });
      const state = loaded?.head.decision.state as ActiveAccount | undefined;
      return state?.devices?.some((device) => device.device_id === device_id) ?? false;
    };
    // A replica may lag behind a sign-in of a moment ago: only the leader's no is a no.
    return (await listed(false)) || listed(true);
  }
}
