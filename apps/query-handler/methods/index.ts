/** Every query there is, by the method's name. */
import type { Query } from '../query.js';
import { channelsGetDifference, logChannels } from './channels.js';
import { chatsBanned, chatsGet, chatsList, chatsMembers } from './chats.js';
import { contactsList, contactsSync } from './contacts.js';
import { logDeviceCursor, logHead, logPosition, logTombstones } from './log.js';
import { logRead } from './log-read.js';
import { messagesHistory } from './messages.js';
import { messagesEdits, messagesReactions } from './one-message.js';
import { messagesSearch } from './search.js';
import { messagesReceipts } from './receipts.js';
import { syncChats } from './sync-chats.js';
import { syncSnapshot } from './sync-snapshot.js';
import { lastSeenShown, usersBlocked, usersGet, usersGetPrivacy } from './users.js';

export const methods: readonly Query[] = [
  chatsGet,
  chatsList,
  chatsMembers,
  chatsBanned,
  messagesHistory,
  messagesReactions,
  messagesEdits,
  messagesSearch,
  messagesReceipts,
  syncSnapshot,
  syncChats,
  channelsGetDifference,
  usersGet,
  usersBlocked,
  usersGetPrivacy,
  lastSeenShown,
  contactsList,
  contactsSync,
  logPosition,
  logHead,
  logDeviceCursor,
  logTombstones,
  logRead,
  logChannels,
];
