/** The session itself: opening it, renewing its identity, keeping it alive. */
import { Flag, Field, Opaque, Optional, Text } from '../fields.js';
import type { Limits } from '../limits.js';
import { Nested } from '../validate.js';
import type { ProtocolVersion } from '../version.js';

const access_token_chars_max = 2_048;

class ClientInfo {
  @Text(1, 64) name!: string;
  @Text(1, 32) version!: string;
}

export class SessionOpenParams {
  @Opaque(access_token_chars_max) access_token!: string;
  @Optional() @Opaque() sync_token?: string;
  /** Without a token: continue from this device's own cursor. */
  @Optional() @Flag() resume?: boolean;
  @Field('{name, version}', (value) => value !== null && typeof value === 'object' && !Array.isArray(value))
  @Nested('{name, version}', () => ClientInfo)
  client!: ClientInfo;
}

export interface SessionOpenResult {
  readonly session_id: string;
  readonly user_id: string;
  readonly device_id: string;
  readonly pts: number;
  readonly sync_token: string;
  /** The log's running hash at pts. */
  readonly hash: string;
  readonly server_time_ms: number;
  readonly heartbeat_ms: number;
  readonly limits: Limits;
  /** What runs there, for people. Not told before protocol 1.1. */
  readonly server?: { readonly name: string; readonly version: string };
  /** Not told before protocol 1.1: then it is 1.0. */
  readonly protocol?: ProtocolVersion;
  /** The log cannot be continued from the given token: nothing is replayed, take a snapshot. */
  readonly too_long?: true;
}

export class SessionRefreshParams {
  @Opaque(access_token_chars_max) access_token!: string;
}
export interface SessionRefreshResult {
  readonly access_expires_in_s: number;
}

export class SessionPingParams {}
export interface SessionPingResult {
  readonly server_time_ms: number;
}
