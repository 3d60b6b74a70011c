import type { NatsConnection, Subscription } from '@nats-io/nats-core';
import { counter, histogram } from '#observability/metrics.js';
import { closeCodes } from '#protocol/errors.js';
import { Refusal } from '#protocol/refusal.js';
import type { VerifiedAccess } from '#edge/access-token.js';
import type { EdgeServices } from '#edge/open-edge.js';
import { readDevicesRevoked } from '#streams/devices-revoked.js';
import { devicesRevokedSubject } from '#streams/subjects.js';

const checked_at_once_max = 256;
/** After a walk that failed; the next regular one may be a minute away. */
const check_again_ms = 1_000;

const revocations = {
  told: counter('odnix.gateway.revocations', { found: 'told' }),
  looked_up: counter('odnix.gateway.revocations', { found: 'looked_up' }),
};
const checks = {
  done: histogram('odnix.gateway.revocation.check.seconds', { outcome: 'done' }),
  failed: histogram('odnix.gateway.revocation.check.seconds', { outcome: 'failed' }),
};

/** What stands or falls with a device and the key of its access token: a socket, an event stream, a poll. */
export interface Guarded {
  access: VerifiedAccess;
  close(code: number, reason: string): void;
}

/**
 * Ends what is open when its device is signed out or its key retired. It is told so by plain NATS, at most once; so the accounts
 * themselves are looked at as well, all of them every `devices_check_ms` and when the connections to NATS are back: that by which it
 * is told, and that by which accounts are read.
 */
export class SessionGuard {
  private readonly byUser = new Map<string, Set<Guarded>>();
  private readonly subscription: Subscription;
  private readonly timer: NodeJS.Timeout;
  private checking: Promise<void> | null = null;
  private again: NodeJS.Timeout | undefined;
  private readonly away = new Set<NatsConnection>();
  private isClosed = false;

  constructor(
    private readonly edge: Pick<EdgeServices, 'nats' | 'logNats' | 'keys' | 'devices'>,
    devices_check_ms: number,
    private readonly onFailure: (error: unknown) => void,
  ) {
    this.subscription = edge.nats.subscribe(devicesRevokedSubject, {
      callback: (error, message) => (error ? onFailure(error) : this.revoked(message.string())),
    });
    edge.keys.listeners.add(this.keysChanged);
    this.timer = setInterval(() => void this.checkAll(), devices_check_ms);
    for (const connection of [edge.nats, edge.logNats]) void this.follow(connection);
  }

  /** From now on: so who is admitted after this was looked at after this. Returns what ends it. */
  add(guarded: Guarded): () => void {
    const { identity, kid } = guarded.access;
    if (!this.edge.keys.accepts(kid)) throw new Refusal('UNAUTHENTICATED');
    this.edge.devices.forget(identity.user_id);
    const ofUser = this.byUser.get(identity.user_id) ?? new Set();
    this.byUser.set(identity.user_id, ofUser.add(guarded));
    return () => {
      ofUser.delete(guarded);
      if (ofUser.size === 0 && this.byUser.get(identity.user_id) === ofUser)
        this.byUser.delete(identity.user_id);
    };
  }

  close(): void {
    this.isClosed = true;
    clearInterval(this.timer);
    clearTimeout(this.again);
    this.subscription.unsubscribe();
    this.edge.keys.listeners.delete(this.keysChanged);
  }

  private revoked(text: string): void {
    const told = readDevicesRevoked(text);
    if (told === null) return this.onFailure(new Error('something else than revoked devices was told'));
    for (const guarded of this.byUser.get(told.user_id) ?? [])
      if (told.device_ids.includes(guarded.access.identity.device_id)) {
        revocations.told.add();
        guarded.close(closeCodes.device_revoked, told.reason);
      }
  }

  /** A token that is merely old ends by itself; this is for keys that nobody is to trust any more. */
  private readonly keysChanged = (): void => {
    for (const guarded of this.all())
      if (!this.edge.keys.accepts(guarded.access.kid))
        guarded.close(closeCodes.unauthenticated, 'access key retired');
  };

  /** One walk at a time. What cannot be read now is looked at in the next, soon. */
  private checkAll(): Promise<void> {
    clearTimeout(this.again);
    const begunMs = performance.now();
    const took = () => (performance.now() - begunMs) / 1_000;
    this.checking ??= this.check()
      .then(() => checks.done.record(took()))
      .catch((error: unknown) => {
        checks.failed.record(took());
        if (this.isClosed) return;
        this.forgetAll();
        this.onFailure(error);
        this.again = setTimeout(() => void this.checkAll(), check_again_ms);
      })
      .finally(() => (this.checking = null));
    return this.checking;
  }

  /** Of accounts that were not written to since the last walk nothing has to be read. */
  private async check(): Promise<void> {
    const changed = await this.edge.devices.changed([...this.byUser.keys()]);
    const missing = [...changed].flatMap(([userId, deviceIds]) =>
      [...(this.byUser.get(userId) ?? [])].filter(({ access }) => !deviceIds.has(access.identity.device_id)),
    );
    for (let from = 0; from < missing.length; from += checked_at_once_max) {
      const some = missing.slice(from, from + checked_at_once_max);
      await Promise.all(some.map((guarded) => this.checkOne(guarded)));
    }
  }

  private async checkOne(guarded: Guarded): Promise<void> {
    if (await this.edge.devices.hasByLeader(guarded.access.identity)) return;
    revocations.looked_up.add();
    guarded.close(closeCodes.device_revoked, 'revoked');
  }

  private forgetAll(): void {
    for (const userId of this.byUser.keys()) this.edge.devices.forget(userId);
  }

  private all(): Guarded[] {
    return [...this.byUser.values()].flatMap((ofUser) => [...ofUser]);
  }

  /** Once all of them are back: what is asked before is lost, and would be missed for as long as an answer is waited for. */
  private async follow(connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type === 'disconnect') this.away.add(connection);
      if (type !== 'reconnect') continue;
      this.away.delete(connection);
      if (this.away.size > 0) continue;
      this.forgetAll();
      void this.checkAll();
    }
  }
}
