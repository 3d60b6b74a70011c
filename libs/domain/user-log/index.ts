/** The user's log: entries, the updates made of them, and the one fold of updates. */
export { applyEntry, type ChatCursors, type ChatEntry } from './apply-entry.js';
export type { EntryDraft } from './draft.js';
export * from './entry.js';
export { readEntry } from './entry-shape.js';
export { applyUpdate, emptyUserLog, foldUpdate, fromSnapshot, hold, toChatView } from './fold.js';
export type { FoldedChat, LogSnapshot, UserLogState } from './fold.js';
export type { Messages } from './fold-messages.js';
export { hashedEntryOf } from './hashed-update.js';
export { messageView, tombstoneView, type ShownMessage } from './message-view.js';
export { renderUpdate, type RenderedEntry, type RenderedEvent } from './render.js';
export type * from './update.js';
