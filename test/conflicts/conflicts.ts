/** Every conflict there is a rule for. docs/conflicts.md is made of it, and each is tried in all orders. */
import type { Conflict } from './conflict.js';
import { inAccounts } from './in-accounts.js';
import { inCalls } from './in-calls.js';
import { inChats } from './in-chats.js';
import { inLogs } from './in-logs.js';
import { inMessages } from './in-messages.js';

export const conflicts: Readonly<Record<string, readonly Conflict[]>> = {
  'About a message': inMessages,
  'About a chat and who is in it': inChats,
  'About a call': inCalls,
  'About one’s own': inAccounts,
  Marks: inLogs,
};
