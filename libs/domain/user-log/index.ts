/** The user's log: entries, the updates made of them, and the one fold of updates. */
export type { ChatCursors } from './apply-entry.js';
export type { EntryDraft } from './draft.js';
export * from './entry.js';
export { readEntry } from './entry-shape.js';
export {
  applyChannelUpdate,
  applyUpdate,
  emptyUserLog,
  foldUpdate,
  fromSnapshot,
  toChatView,
} from './fold.js';
export type { LogSnapshot, UserLogState } from './fold.js';
export { channelUpdate, isSeenBy, unseenUpdate } from './channel-update.js';
export { hashedEntryOf } from './hashed-update.js';
export { messageView, tombstoneView } from './message-view.js';
export { renderUpdate, type RenderedEvent } from './render.js';
export type * from './update.js';
