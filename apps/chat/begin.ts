import type { Desk } from './commands/command.js';
import { whenOffline, within } from './waiting.js';

/** How long the beginning waits to be up to date before it shows what there is. */
const catch_up_ms = 10_000;
/** A beginning that takes longer says so. */
const patience_ms = 1_000;

/** Connects. What is here is shown once it is up to date, or at once when there is no server. */
export async function begin({ terminal, absence, happenings }: Desk): Promise<void> {
  const { client } = terminal;
  const before = client.pts;
  absence.followConnection();
  const slow = setTimeout(
    () => terminal.screen.setNote(`Connecting to ${terminal.device.url} …`),
    patience_ms,
  );
  const isCaughtUp = await within(catch_up_ms, Promise.race([client.connect(), whenOffline(client)]));
  clearTimeout(slow);
  terminal.screen.setNote(null);
  happenings.follow();
  if (isCaughtUp) terminal.say(before === 0 ? fromNothing : news(client.pts - before));
}

const fromNothing = '· Starting from nothing: everything was taken from the server.';

function news(updates: number): string {
  if (updates === 0) return '· Up to date: nothing happened while you were away.';
  return `· Up to date: ${updates} ${updates === 1 ? 'update' : 'updates'} came since you were here.`;
}
