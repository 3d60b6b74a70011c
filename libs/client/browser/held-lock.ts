/** One Web Lock held over any time: the API itself ties a lock to a callback. It ends with the tab at the latest. */
export interface HeldLock {
  release(): void;
}

/** Null when another holds it for longer than `waitMs`. */
export function takeLock(name: string, waitMs: number): Promise<HeldLock | null> {
  if (!isSecureContext) throw new Error('Web Locks need a secure context: https, or localhost.');
  return new Promise((resolve, reject) => {
    const hold = (lock: Lock | null): Promise<void> | undefined => {
      if (lock === null) return void resolve(null);
      return new Promise((release) => resolve({ release }));
    };
    navigator.locks.request(name, optionsOf(waitMs), hold).catch((error: unknown) => {
      if (error instanceof DOMException && error.name === 'TimeoutError') resolve(null);
      else reject(error as Error);
    });
  });
}

function optionsOf(waitMs: number): LockOptions {
  if (waitMs === 0) return { ifAvailable: true };
  return waitMs === Infinity ? {} : { signal: AbortSignal.timeout(waitMs) };
}
