import { createHash, getRandomValues } from 'node:crypto';
import type { ClientSocket, Environment } from '../environment.js';

/**
 * Node 24: its global WebSocket, `fetch` and timers; SHA-256 of `node:crypto`. No `network`: Node tells nothing of it, so
 * that a lost one shows in two silent heartbeats.
 */
export const nodeEnvironment: Environment = {
  nowMs: () => Date.now(),
  random: () => Math.random(),
  randomBytes: (count) => getRandomValues(new Uint8Array(count)),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  openSocket: (url) => new WebSocket(url) as unknown as ClientSocket,
  fetch: (url, init) => fetch(url, init),
  sha256: (...parts) => {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return new Uint8Array(hash.digest());
  },
};
