import { sha256 } from '@noble/hashes/sha2.js';
import type { ClientSocket, Environment } from '../environment.js';

const utf8 = new TextEncoder();

/** A browser's page or worker. SHA-256 is computed here, because the browser's own answers later and the fold cannot wait. */
export const browserEnvironment: Environment = {
  nowMs: () => Date.now(),
  random: () => Math.random(),
  randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  openSocket: (url) => new WebSocket(url) as unknown as ClientSocket,
  fetch: (url, init) => fetch(url, init),
  sha256: (...parts) => {
    const hash = sha256.create();
    for (const part of parts) hash.update(typeof part === 'string' ? utf8.encode(part) : part);
    return hash.digest();
  },
};
