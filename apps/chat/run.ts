import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Auth } from '#client/auth.js';
import { OdnixClient } from '#client/client.js';
import { FileStore } from '#client/node/file-store.js';
import { nodeEnvironment } from '#client/node/node-environment.js';
import { isRetryable, OdnixError } from '#client/odnix-error.js';
import { forgetLog } from '#client/replica.js';
import { StoredCredentials } from '#client/stored-credentials.js';
import type { ChatOptions } from './command-line.js';
import { Misuse, openWith, runLine } from './commands.js';
import { printable } from './printable.js';
import { Screen } from './screen.js';
import { signIn } from './sign-in.js';
import { Terminal } from './terminal.js';

/** At the end, how long what was written may still take to be sent; what is left then is sent by the next start. */
const last_sends_ms = 30_000;
/** How long the beginning waits to be up to date before it shows what there is. */
const catch_up_ms = 10_000;

/** One life of the terminal client. Resolves with the exit code. */
export async function runChat(options: ChatOptions): Promise<number> {
  // Private is the device's own directory alone: its parents may be the server's, whose database runs as another user.
  mkdirSync(dirname(options.data), { recursive: true });
  mkdirSync(options.data, { recursive: true, mode: 0o700 });
  const store = new FileStore(join(options.data, 'device.db'));
  const screen = new Screen();
  try {
    if (options.fresh) await forgetLog(store);
    const auth = new Auth(options.url, new StoredCredentials(store), nodeEnvironment);
    await signIn(auth, options, screen);
    const client = await OdnixClient.start({
      url: options.url,
      environment: nodeEnvironment,
      auth,
      store,
      client: { name: 'odnix-chat', version: '0.1.0' },
    });
    return await talk(client, options, screen);
  } finally {
    screen.close();
    await store.close();
  }
}

async function talk(client: OdnixClient, options: ChatOptions, screen: Screen): Promise<number> {
  const terminal = new Terminal(client, screen, options.url);
  const interrupted = Promise.race([whenRefused(client), screen.quit]);
  terminal.followConnection();
  await Promise.race([begin(terminal, options), interrupted]);
  const end = await Promise.race([readLines(terminal, screen), interrupted]);
  if (end instanceof OdnixError) throw end;
  // Who quits without a server does not want to wait for it.
  const isWorthWaiting = end === 'end of input' || client.connection.status === 'open';
  if (isWorthWaiting) await Promise.race([whenAllSent(client), interrupted]);
  const unsent = client.outboxSize;
  if (unsent > 0) terminal.say(`${unsent} of your messages wait; they are sent when you start again.`);
  await terminal.settled();
  await client.close();
  return unsent > 0 ? 1 : 0;
}

/** What is here is shown once it is up to date, or at once when there is no server. */
async function begin(terminal: Terminal, { with: phone }: ChatOptions): Promise<void> {
  const { client } = terminal;
  const before = client.pts;
  const isCaughtUp = await withinMs(catch_up_ms, Promise.race([client.connect(), whenOffline(client)]));
  terminal.follow();
  if (isCaughtUp)
    terminal.say(
      before === 0
        ? '· Starting from nothing: everything was taken from the server.'
        : news(client.pts - before),
    );
  if (phone === undefined) await terminal.listChats();
  else await guarded(terminal, () => openWith(terminal, phone));
}

function news(updates: number): string {
  if (updates === 0) return '· Up to date: nothing happened while you were away.';
  return `· Up to date: ${updates} ${updates === 1 ? 'update' : 'updates'} came since you were here.`;
}

async function readLines(terminal: Terminal, screen: Screen): Promise<'end of input' | 'quit'> {
  for (let line = await screen.nextLine(); line !== null; line = await screen.nextLine()) {
    const text = line;
    if (text.trim() === '/quit') return 'quit';
    await guarded(terminal, () => runLine(terminal, text));
  }
  return 'end of input';
}

/** A command that fails ends nothing. */
async function guarded(terminal: Terminal, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Misuse) terminal.say(error.message);
    else if (error instanceof OdnixError)
      terminal.say(`! ${printable(error.message)} (${error.code})${advice(error)}`);
    else throw error;
  }
}

function advice(error: OdnixError): string {
  return isRetryable(error) ? ' Nothing was changed, or it is not known: try again.' : '';
}

/** Rejects when a connection could not be made, or not be kept. */
function whenOffline(client: OdnixClient): Promise<never> {
  return new Promise((_resolve, reject) => {
    client.on('connection', ({ status }) => {
      if (status === 'waiting') reject(new Error('offline'));
    });
  });
}

/** Resolves with the error when the server does not take this device any more. */
function whenRefused(client: OdnixClient): Promise<OdnixError> {
  return new Promise((resolve) => {
    client.on('connection', (state) => {
      if (state.status === 'stopped' && state.error) resolve(state.error);
    });
  });
}

async function whenAllSent(client: OdnixClient): Promise<void> {
  if (client.outboxSize === 0) return;
  const sent = new Promise<void>((resolve) => {
    client.on('chat', () => {
      if (client.outboxSize === 0) resolve();
    });
  });
  await withinMs(last_sends_ms, sent);
}

/** Whether it was fulfilled within that time. */
function withinMs(ms: number, promise: Promise<void>): Promise<boolean> {
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
