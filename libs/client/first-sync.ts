/** All of a snapshot, page by page: what is in sight of whoever has few chats whole, of many chats no more than a list shows. */
import type { SyncSnapshotResult } from '#protocol/methods/updates.js';
import type { Session } from './session.js';

/** Chats with their latest messages. */
const whole = { chats_limit: 50, messages_limit: 20 };
const whole_pages_max = 2;
/**
 * The others with their last one; more of them is asked for when somebody looks (`history`). Servers before 1.4 take no more
 * chats at once.
 */
const listed = { chats_limit: 100, messages_limit: 1 };

/** The place in the log is the first page's, which was read before everything else. */
export async function snapshotPages(request: Session['request']): Promise<SyncSnapshotResult[]> {
  const pages = [await request('sync.snapshot', whole)];
  for (let cursor = pages[0]!.next_cursor; cursor !== undefined; cursor = pages.at(-1)!.next_cursor) {
    const limits = pages.length < whole_pages_max ? whole : listed;
    pages.push(await request('sync.snapshot', { ...limits, cursor }));
  }
  return pages;
}
