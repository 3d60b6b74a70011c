import type { OdnixClient } from '#client/client.js';

/** Resolves when nothing waits to be sent, or the time is over. */
export async function whenAllSent(client: OdnixClient, withinMs: number): Promise<void> {
  if (client.outboxSize === 0) return;
  const sent = new Promise<void>((resolve) => {
    client.on('chat', () => {
      if (client.outboxSize === 0) resolve();
    });
  });
  await within(withinMs, sent);
}

/** Rejects when a connection could not be made, or not be kept. */
export function whenOffline(client: OdnixClient): Promise<never> {
  return new Promise((_resolve, reject) => {
    client.on('connection', ({ status }) => {
      if (status === 'waiting') reject(new Error('offline'));
    });
  });
}

/** Whether it was fulfilled within that time. */
export function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    const done = (fulfilled: boolean): void => {
      clearTimeout(timer);
      resolve(fulfilled);
    };
    promise.then(
      () => done(true),
      () => done(false),
    );
  });
}
