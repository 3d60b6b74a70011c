import { sql } from 'kysely';
import type { Database } from '#db/database.js';
import { devices_max, type ActiveAccount, type DeviceType } from '#domain/account/index.js';
import { Refusal } from '#protocol/refusal.js';

/** An accepted device has at least this long to come for its tokens. */
const answer_s_min = 60;

interface Offered {
  readonly device_id: string;
  readonly name: string;
  readonly type: DeviceType;
}

/** QR sign-ins as those who let devices in see them: rows of `ops`, which the api makes and answers. */
export class QrAcceptance {
  constructor(private readonly db: Database) {}

  /**
   * One device of one account has it, whoever else asks at the same moment; for that device repeating it is harmless. Whether the
   * account has room is looked at here, so that whoever accepts is told; it is decided when the device comes.
   */
  async accept(tokenHash: string, account: ActiveAccount, acceptingDeviceId: string): Promise<Offered> {
    const by = { userId: account.user_id, deviceId: acceptingDeviceId };
    const offered = await available(this.find(tokenHash, by));
    const isIn = ({ device_id }: Offered) => account.devices.some((device) => device.device_id === device_id);
    if (offered && account.devices.length >= devices_max && !isIn(offered))
      throw new Refusal('DEVICE_LIMIT', { details: { devices_max } });
    const accepted = offered && (await available(this.take(tokenHash, by)));
    if (!accepted) throw new Refusal('QR_INVALID');
    return offered;
  }

  private async find(tokenHash: string, by: By): Promise<Offered | undefined> {
    const { rows } = await sql<Offered>`
      select device_id, device_name as name, device_type as type from ops.qr_sign_ins
      where token_hash = ${tokenHash} and ${isFor(by)}
    `.execute(this.db);
    return rows[0];
  }

  private async take(tokenHash: string, by: By): Promise<boolean> {
    const { rows } = await sql`
      update ops.qr_sign_ins set accepted_by_user = ${by.userId}, accepted_by_device = ${by.deviceId},
        expires_at = greatest(expires_at, now() + make_interval(secs => ${answer_s_min}))
      where token_hash = ${tokenHash} and ${isFor(by)}
      returning token_hash
    `.execute(this.db);
    return rows.length === 1;
  }
}

interface By {
  readonly userId: string;
  readonly deviceId: string;
}

const isFor = ({ userId, deviceId }: By) => sql`expires_at > now() and (accepted_by_user is null
  or (accepted_by_user = ${userId} and accepted_by_device = ${deviceId}))`;

const available = <T>(asked: Promise<T>): Promise<T> =>
  asked.catch(() => {
    throw new Refusal('UNAVAILABLE');
  });
