import type { Database } from '#db/database.js';
import { outboxMarks } from '#projections/user-log/cursors-query.js';
import type { StoredMarks } from './cursor-marks.js';

const marks_ms_max = 500;
const asked_again_after_ms = 5_000;

/**
 * What `user_chats` knows of cursors. It may lag, never lead, and its word is not waited for long: after a failure or a
 * slow answer nothing is asked for a while, and marks that are not in memory are unknown.
 */
export function storedMarksIn(db: Database): StoredMarks {
  let silentUntilMs = 0;
  return async (asked) => {
    if (performance.now() < silentUntilMs) return [];
    try {
      const marks = await inTime(outboxMarks(db, asked));
      return marks.map(({ user_id, chat_id, read_inbox_seq, read_outbox_seq, delivered_outbox_seq }) => ({
        user_id,
        chat_id,
        'read.inbox': read_inbox_seq,
        'read.outbox': read_outbox_seq,
        'delivered.outbox': delivered_outbox_seq,
      }));
    } catch {
      silentUntilMs = performance.now() + asked_again_after_ms;
      return [];
    }
  };
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), marks_ms_max);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
