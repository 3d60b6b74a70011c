/** The devices on which the caller is signed in. */
import type { Device } from '#domain/account/events.js';
import { Field, Id, NotBeside, Optional, RequiredUnless } from '../fields.js';

export interface DeviceView extends Device {
  /** Within the life of an access token; null: not known just now. */
  readonly last_active_at_ms: number | null;
  /** The one that asks. */
  readonly current: boolean;
}

export class DevicesListParams {}
export interface DevicesListResult {
  /** As they signed in. */
  readonly devices: readonly DeviceView[];
}

/** A device that is not there (any more) is no error: it is signed out. */
export class DevicesRevokeParams {
  @RequiredUnless('others') @NotBeside('others') @Id() device_id?: string;
  /** All but the one that asks. */
  @Optional() @Field('true, or absent', (value) => value === true) others?: true;
  @Optional() @Id() client_request_id?: string;
}
export type DevicesRevokeResult = Readonly<Record<string, never>>;
