import { sha256 } from '@noble/hashes/sha2.js';
import type { ClientSocket, Environment, NetworkPort } from '../environment.js';

const utf8 = new TextEncoder();

/** What the browser says of its network; and a page that is shown again may have stood still for hours. */
const network: NetworkPort = {
  isOnline: () => navigator.onLine,
  listen: (listener) => {
    const ends = [
      listenTo(globalThis, 'online', () => listener('online')),
      listenTo(globalThis, 'offline', () => listener('offline')),
    ];
    // Workers have no document.
    if (typeof document !== 'undefined') {
      const shown = (): void => {
        if (document.visibilityState === 'visible') listener('awake');
      };
      ends.push(listenTo(document, 'visibilitychange', shown), listenTo(document, 'resume', shown));
    }
    return () => {
      for (const end of ends) end();
    };
  },
};

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
  network,
};

function listenTo(target: EventTarget, name: string, listener: () => void): () => void {
  target.addEventListener(name, listener);
  return () => target.removeEventListener(name, listener);
}
