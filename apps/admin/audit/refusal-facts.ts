import { decodeRefused } from '#streams/refused-command.js';
import type { StoredMessage } from '#streams/stored-message.js';
import { refused_stream } from '#streams/subjects.js';
import type { RefusalFact } from './audited.js';

/** `refused.<target>.<user>`. */
export function refusalFact({ subject, sequence, timeMs, data }: StoredMessage): RefusalFact {
  const { format: _, ...refused } = decodeRefused(data);
  return {
    is: 'refusal',
    at: { stream: refused_stream, sequence, index: 0 },
    stored_at_ms: timeMs,
    subject_id: subject.split('.')[1]!,
    ...refused,
  };
}
