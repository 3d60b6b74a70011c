/** Letting in a device that shows a QR code. */
import type { DeviceType } from '#domain/account/events.js';
import { Id, Opaque, Optional } from '../fields.js';

export class DevicesAcceptQrParams {
  /** As `POST /v1/auth/qr` answered it to the new device. */
  @Opaque() qr_token!: string;
  /** Not needed: the token is for one use. */
  @Optional() @Id() client_request_id?: string;
}
export interface DevicesAcceptQrResult {
  /** What the new device says of itself. */
  readonly device: { readonly name: string; readonly type: DeviceType };
}
