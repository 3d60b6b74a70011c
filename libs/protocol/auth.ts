/** Signing in: the bodies and answers of the plain HTTP endpoints (`/v1/auth/...`). */
import type { DeviceType } from '#domain/account/events.js';
import { Field, Id, Opaque, OneOf, Optional, Text } from './fields.js';
import { device_name_chars_max } from './internal-requests.js';
import { display_name_chars_max } from './limits.js';
import { phonePattern } from './methods/contacts.js';
import { Nested } from './validate.js';

const Phone = (): PropertyDecorator =>
  Field('a phone number in E.164', (value) => typeof value === 'string' && phonePattern.test(value));

/** The client's own name for itself: a random UUID that it makes once, keeps, and tells this server alone. */
const Installation = (): PropertyDecorator => Id();

export class OtpRequestBody {
  @Phone() phone!: string;
  @Optional() @Installation() installation_id?: string;
}
export interface OtpRequestAnswer {
  readonly expires_in_s: number;
  /** 6, or 12 after many requests. Not told before protocol 1.1: then it is 6. */
  readonly code_digits?: number;
  /** Only with the development sender. */
  readonly dev_code?: string;
}

class DeviceDescription {
  @Text(1, device_name_chars_max) name!: string;
  @OneOf('mobile', 'web', 'desktop') type!: DeviceType;
}

export class OtpVerifyBody {
  @Phone() phone!: string;
  @Field('six or twelve digits', (value) => typeof value === 'string' && /^(\d{6}|\d{12})$/.test(value))
  code!: string;
  @Field('{name, type}', (value) => value !== null && typeof value === 'object' && !Array.isArray(value))
  @Nested('{name, type}', () => DeviceDescription)
  device!: DeviceDescription;
  @Optional() @Text(1, display_name_chars_max) display_name?: string;
  /** As in the request for the code. */
  @Optional() @Installation() installation_id?: string;
}

/** Names the installation where there is no body: `GET /v1/auth/qr/{qr_token}`. */
export const installationHeader = 'odnix-installation';

export class QrBody {
  @Field('{name, type}', (value) => value !== null && typeof value === 'object' && !Array.isArray(value))
  @Nested('{name, type}', () => DeviceDescription)
  device!: DeviceDescription;
  /** The answer is then this installation's alone; without, it is its network's. */
  @Optional() @Installation() installation_id?: string;
}
export interface QrAnswer {
  readonly qr_token: string;
  readonly expires_in_s: number;
  readonly poll_after_ms: number;
}
/** With 202: nobody has accepted it yet. */
export interface QrPending {
  readonly poll_after_ms: number;
}

export class RefreshBody {
  @Opaque() refresh_token!: string;
}

export interface TokenPair {
  readonly access_token: string;
  readonly access_expires_in_s: number;
  readonly refresh_token: string;
}
export interface OtpVerifyAnswer extends TokenPair {
  readonly user_id: string;
  readonly device_id: string;
  readonly new_user: boolean;
}

/** The body of every plain HTTP error. */
export interface HttpErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly retryable: boolean;
    readonly retry_after_ms?: number;
    readonly details?: Readonly<Record<string, unknown>>;
  };
}
