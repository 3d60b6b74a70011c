import type { UserLogEntry } from '#domain/user-log/index.js';
import type { SourceMessage } from './source-message.js';

export interface AnnouncedEntry {
  readonly user_id: string;
  readonly sequence: number;
  readonly entry: UserLogEntry;
  /** Null when it was erased since: the entry is left out, and whoever is connected fetches the hole from the log. */
  readonly source: SourceMessage | null;
}
