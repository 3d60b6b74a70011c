import type { UserLogEntry } from './entry.js';

/** An entry before the writer of the user's log has given it its place: pts, date, source and hash. */
export type EntryDraft = Pick<
  UserLogEntry,
  'kind' | 'chat_id' | 'chat_pts' | 'seq' | 'values' | 'commitment'
> & {
  readonly user_id: string;
};
