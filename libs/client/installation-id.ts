import type { Environment } from './environment.js';

export interface InstallationStore {
  /** The installation's name of an earlier run, or this one, kept from now on. Absent: each run has another. */
  installation?(candidate: string): Promise<string>;
}

/** This installation's name: random (UUIDv4, RFC 9562), and told to its server alone. What is asked for in it answers only to it. */
export async function installationId(store: InstallationStore, environment: Environment): Promise<string> {
  const bytes = environment.randomBytes(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const candidate = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
  return (await store.installation?.(candidate)) ?? candidate;
}
