import type { OdnixClient } from '#client/client.js';
import { OdnixError } from '#client/odnix-error.js';
import { directoryOf, type ChatOptions } from './command-line.js';
import { openWith } from './commands/chat-commands.js';
import { deskOf, type Desk } from './commands/command.js';
import { enter, guarded, isQuit } from './commands/run-line.js';
import { completions } from './completion.js';
import { openDevice } from './device.js';
import { begin } from './begin.js';
import { endOwnCalls, meetCalls } from './own-calls.js';
import { Network } from './network.js';
import { PlainScreen } from './screen/plain-screen.js';
import type { Console } from './screen/screen.js';
import { TerminalScreen } from './screen/terminal-screen.js';
import { Terminal } from './terminal.js';
import { whenAllSent } from './waiting.js';

/** At the end, how long what was written may still take to be sent; what is left then is sent by the next start. */
const last_sends_ms = 30_000;

/** One life of the terminal client. Resolves with the exit code. */
export async function runChat(options: ChatOptions & { readonly phone: string }): Promise<number> {
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const screen = isTerminal ? new TerminalScreen() : new PlainScreen();
  try {
    const directory = directoryOf(options, options.phone);
    const device = await openDevice({ ...options, directory }, new Network(), screen);
    const terminal = new Terminal(device, screen);
    if (screen instanceof TerminalScreen)
      screen.offer({
        complete: (line) => completions(terminal, line),
        writing: () => terminal.setWriting(true),
      });
    return await talk(deskOf(terminal), options, screen);
  } finally {
    screen.close();
  }
}

async function talk(desk: Desk, options: ChatOptions, screen: Console): Promise<number> {
  const { terminal } = desk;
  const { client } = terminal;
  try {
    const interrupted = Promise.race([whenRefused(client), screen.quit]);
    await Promise.race([greet(desk, options), interrupted]);
    const end = await Promise.race([readLines(desk, screen), interrupted]);
    if (end instanceof OdnixError) throw end;
    // Who quits without a server does not want to wait for it.
    const isWorthWaiting = end === 'end of input' || client.connection.status === 'open';
    if (isWorthWaiting) await Promise.race([whenAllSent(client, last_sends_ms), interrupted]);
    const unsent = client.outboxSize;
    if (unsent > 0) terminal.say(`${unsent} of your messages wait; they are sent when you start again.`);
    await endOwnCalls(terminal, 'hangup');
    await terminal.settled();
    return unsent > 0 ? 1 : 0;
  } finally {
    await client.close();
  }
}

async function greet(desk: Desk, { with: phone }: ChatOptions): Promise<void> {
  await begin(desk);
  await meetCalls(desk.terminal);
  if (phone === undefined) desk.terminal.listChats();
  else await guarded(desk, () => openWith(desk, phone));
}

async function readLines(desk: Desk, screen: Console): Promise<'end of input' | 'quit'> {
  for (let line = await screen.nextLine(); line !== null; line = await screen.nextLine()) {
    if (isQuit(line)) return 'quit';
    await enter(desk, line);
  }
  return 'end of input';
}

/** Resolves with the error when the server does not take this device any more. */
function whenRefused(client: OdnixClient): Promise<OdnixError> {
  return new Promise((resolve) => {
    client.on('connection', (state) => {
      if (state.status === 'stopped' && state.error) resolve(state.error);
    });
  });
}
