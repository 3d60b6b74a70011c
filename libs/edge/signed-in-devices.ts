import type { Device } from '#domain/account/events.js';
import type { ActiveAccount } from '#domain/account/state.js';
import { decodeDecision } from '#streams/decision-codec.js';
import type { DirectGet } from '#streams/direct-get.js';
import type { LastMessages } from '#streams/last-messages.js';
import type { StoredMessage } from '#streams/stored-message.js';
import { accountSubject, streamOf } from '#streams/subjects.js';
import type { Identity } from '#streams/requests.js';
import { WrittenSince } from './written-since.js';

/** Whether a device is signed in now: an access token alone would still open doors after its device was revoked. */
export class SignedInDevices {
  private readonly written: WrittenSince<ReadonlySet<string>>;

  constructor(
    private readonly direct: DirectGet,
    private readonly lasts: LastMessages,
    private readonly streamsPerFamily: number,
  ) {
    this.written = new WrittenSince(
      direct,
      (userId) => this.placeOf(userId),
      (head, stream) => new Set(devicesIn(stream, head).map(({ device_id }) => device_id)),
    );
  }

  /** From the account's own stream, whose every decision carries the whole state. Throws when that does not answer. */
  async has(identity: Identity): Promise<boolean> {
    const { stream, subject } = this.placeOf(identity.user_id);
    if (lists(identity, stream, await this.lasts.lastOf(stream, subject))) return true;
    // A replica may lag behind a sign-in of a moment ago: only the leader's no is a no.
    return this.hasByLeader(identity);
  }

  async hasByLeader(identity: Identity): Promise<boolean> {
    const { stream, subject } = this.placeOf(identity.user_id);
    return lists(identity, stream, await this.direct.getLastBySubject(stream, subject, { leader: true }));
  }

  /**
   * Ids of devices by user, of those whose devices may be others than when this was asked before: all who were forgotten since, or
   * not asked for. Only the leader's no is a no.
   */
  changed(userIds: readonly string[]): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    return this.written.among(userIds);
  }

  forget(userId: string): void {
    this.written.forget(userId);
  }

  /** All of a user, as they signed in; by the leader. */
  async of(userId: string): Promise<readonly Device[]> {
    const { stream, subject } = this.placeOf(userId);
    return devicesIn(stream, await this.direct.getLastBySubject(stream, subject, { leader: true }));
  }

  private placeOf(userId: string) {
    const stream = streamOf('ACCOUNT', userId, this.streamsPerFamily);
    return { stream, subject: accountSubject(userId) };
  }
}

const lists = ({ device_id }: Identity, stream: string, head: StoredMessage | null): boolean =>
  devicesIn(stream, head).some((device) => device.device_id === device_id);

function devicesIn(stream: string, head: StoredMessage | null): readonly Device[] {
  const state = head && (decodeDecision(stream, head).decision.state as ActiveAccount | undefined);
  return state?.devices ?? [];
}
