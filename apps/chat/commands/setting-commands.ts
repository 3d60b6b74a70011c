import { openChatOf, type Command, type Commands, type Desk } from './command.js';
import { Misuse } from '../misuse.js';

const hour_ms = 3_600_000;
/** For good: as far as the protocol's numbers reach. */
const always_ms = Number.MAX_SAFE_INTEGER;

/** How this user has the open chat, on all their devices. */
export const settingCommands: Commands = {
  '/mute': {
    usage: '/mute [HOURS]',
    does: 'no more noise from the open chat, for good or so long',
    run: (desk, rest) => desk.terminal.client.setMuted(chatOf(desk), untilMs(rest)),
  },
  '/unmute': setting('/unmute', 'end that', (desk, chatId) => desk.terminal.client.setMuted(chatId, null)),
  '/archive': setting('/archive', 'put the open chat away', ({ terminal }, chatId) =>
    terminal.client.setArchived(chatId, true),
  ),
  '/unarchive': setting('/unarchive', 'take it back', ({ terminal }, chatId) =>
    terminal.client.setArchived(chatId, false),
  ),
  '/pin': setting('/pin', 'keep the open chat on top', ({ terminal }, chatId) =>
    terminal.client.setPinned(chatId, true),
  ),
  '/unpin': setting('/unpin', 'let it go down', ({ terminal }, chatId) =>
    terminal.client.setPinned(chatId, false),
  ),
};

function setting(
  usage: string,
  does: string,
  change: (desk: Desk, chatId: string) => Promise<void>,
): Command {
  return { usage, does, run: (desk) => change(desk, chatOf(desk)) };
}

const chatOf = (desk: Desk): string => {
  const { chatId } = openChatOf(desk);
  desk.terminal.needServer();
  return chatId;
};

function untilMs(hours: string): number {
  if (hours === '') return always_ms;
  if (/^\d{1,5}$/.test(hours) && hours !== '0') return Date.now() + Number(hours) * hour_ms;
  throw new Misuse('For how many hours? A whole number, or nothing for good.');
}
