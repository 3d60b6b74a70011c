import { randomBytes, type KeyObject } from 'node:crypto';
import { sql } from 'kysely';
import { v7 as uuidV7 } from 'uuid';
import type { Database } from '#db/database.js';
import type { DeviceType } from '#domain/account/events.js';
import { qrTokenHash } from '#edge/accept-qr.js';
import { keyedHash } from '#edge/secrets.js';
import type { Identity } from '#streams/requests.js';
import type { CallerOrigin } from './caller-origin.js';

export const qr_expires_s = 120;
const swept_rows_max = 100;

/** One that shows a QR code, as the one it belongs to sees it. */
export interface QrSignIn {
  readonly tokenHash: string;
  readonly deviceId: string;
  readonly device: { readonly name: string; readonly type: DeviceType };
  /** Null: pending. */
  readonly acceptedBy: Identity | null;
  /** Bound to an installation, which alone can ask again. */
  readonly isInstallation: boolean;
}

/** QR sign-ins in `ops`: tokens hashed, each answered to the one that made it. Every step is one atomic statement. */
export class QrSignIns {
  constructor(
    private readonly db: Database,
    private readonly key: KeyObject,
  ) {}

  /** The token, which is told this once. */
  async make({ name, type }: QrSignIn['device'], origin: CallerOrigin): Promise<string> {
    await this.sweep();
    const token = randomBytes(32).toString('base64url');
    await sql`
      insert into ops.qr_sign_ins
        (token_hash, bound_to, is_installation, device_id, device_name, device_type, expires_at)
      values (${qrTokenHash(this.key, token)}, ${this.boundTo(origin)}, ${origin.installation !== null},
        ${uuidV7()}, ${name}, ${type}, now() + make_interval(secs => ${qr_expires_s}))
    `.execute(this.db);
    return token;
  }

  /** Null: unknown, expired, or somebody else's. */
  async find(token: string, origin: CallerOrigin): Promise<QrSignIn | null> {
    const { rows } = await sql<Row>`
      select token_hash, device_id, device_name, device_type, accepted_by_user, accepted_by_device,
        is_installation
      from ops.qr_sign_ins
      where token_hash = ${qrTokenHash(this.key, token)} and bound_to = ${this.boundTo(origin)} and expires_at > now()
    `.execute(this.db);
    return rows[0] === undefined ? null : signInOf(rows[0]);
  }

  /** Of any number at once one is the first. */
  async beginAnswer({ tokenHash }: QrSignIn): Promise<'first' | 'again'> {
    const { rows } = await sql`
      update ops.qr_sign_ins set answered_at = now()
      where token_hash = ${tokenHash} and answered_at is null
      returning token_hash
    `.execute(this.db);
    return rows.length === 1 ? 'first' : 'again';
  }

  /** What was begun did not come about. */
  async takeBackAnswer({ tokenHash }: QrSignIn): Promise<void> {
    await sql`update ops.qr_sign_ins set answered_at = null where token_hash = ${tokenHash}`.execute(this.db);
  }

  private async sweep(): Promise<void> {
    await sql`
      delete from ops.qr_sign_ins where token_hash in (
        select token_hash from ops.qr_sign_ins where expires_at < now() limit ${swept_rows_max}
        for update skip locked)
    `.execute(this.db);
  }

  private boundTo({ installation, network }: CallerOrigin): string {
    const who = installation === null ? `network:${network}` : `installation:${installation}`;
    return keyedHash(this.key, `qr:bound:${who}`);
  }
}

interface Row {
  readonly token_hash: string;
  readonly device_id: string;
  readonly device_name: string;
  readonly device_type: DeviceType;
  readonly accepted_by_user: string | null;
  readonly accepted_by_device: string | null;
  readonly is_installation: boolean;
}

function signInOf(row: Row): QrSignIn {
  const { accepted_by_user: user_id, accepted_by_device: device_id } = row;
  return {
    tokenHash: row.token_hash,
    deviceId: row.device_id,
    device: { name: row.device_name, type: row.device_type },
    acceptedBy: user_id === null || device_id === null ? null : { user_id, device_id },
    isInstallation: row.is_installation,
  };
}
