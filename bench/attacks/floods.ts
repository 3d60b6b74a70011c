/** The floods, each as it is done by the process of `flood-process.ts` until that is ended. */
import { setTimeout as pause } from 'node:timers/promises';
import { v7 as uuidV7 } from 'uuid';
import { WireClient } from '../../test/support/wire-client.js';

export interface Target {
  readonly apiUrl: string;
  readonly gatewayUrl: string;
  /** Of signed-in users who take part in the attack, with logs of some length. */
  readonly accessTokens: readonly string[];
}

/** At once, in each flood. */
const lanes = 16;
const silent_sockets = 1_000;
const silent_ms = 8_000;
const frame_bytes = 70_000;

const forever = (work: () => Promise<unknown>): Promise<unknown> =>
  Promise.all(
    Array.from({ length: lanes }, async () => {
      // What is refused, or cut off, is tried again at once: that is the attack.
      for (;;) await work().catch(() => pause(1));
    }),
  );

const post = (url: string, body: unknown): Promise<unknown> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).then((answer) => answer.text());

/** The same connections again and again, of the users in turn, one request after the other on each. */
async function asking(
  { gatewayUrl, accessTokens }: Target,
  method: string,
  params: object,
): Promise<unknown> {
  return Promise.all(
    Array.from({ length: lanes }, async (_, at) => {
      const client = await WireClient.open(gatewayUrl, accessTokens[at % accessTokens.length]!);
      for (;;) await client.request(method, params).catch(() => pause(1));
    }),
  );
}

const onlyFirst = (target: Target): Target => ({ ...target, accessTokens: target.accessTokens.slice(0, 1) });
const wholeLog = ['updates.getDifference', { pts: 0, limit: 1_000 }] as const;

export const floods = {
  'silent connections': async ({ gatewayUrl }: Target) => {
    for (;;) {
      const opened = Array.from({ length: silent_sockets }, () =>
        WireClient.connect(gatewayUrl).catch(() => null),
      );
      const sockets = await Promise.all(opened);
      await pause(silent_ms);
      for (const socket of sockets) socket?.drop();
    }
  },
  'invalid tokens': ({ gatewayUrl }: Target) =>
    forever(async () => {
      const client = await WireClient.connect(gatewayUrl);
      const access_token = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.AAAA';
      await client
        .request('session.open', { access_token, client: { name: 'x', version: '1' } })
        .catch(() => undefined);
      client.drop();
    }),
  'expensive queries': (target: Target) =>
    asking(onlyFirst(target), 'sync.snapshot', { chats_limit: 100, messages_limit: 100 }),
  'deep catch-ups': (target: Target) => asking(onlyFirst(target), ...wholeLog),
  'deep catch-ups of 16 users': (target: Target) => asking(target, ...wholeLog),
  'oversized frames': ({ gatewayUrl }: Target) =>
    forever(async () => {
      const client = await WireClient.connect(gatewayUrl);
      client.socket.send('x'.repeat(frame_bytes));
      await client.closed;
    }),
  'code guessing': ({ apiUrl }: Target) =>
    forever(() =>
      post(`${apiUrl}/v1/auth/otp/verify`, {
        phone: '+15550299',
        code: String(Math.floor(Math.random() * 1e6)).padStart(6, '0'),
        device: { name: 'x', type: 'web' },
        installation_id: uuidV7(),
      }),
    ),
} as const satisfies Record<string, (target: Target) => Promise<unknown>>;

export type FloodName = keyof typeof floods;
