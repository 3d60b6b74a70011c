/** What the checker found, by check, and how much each check had to look at: one that looked at nothing proved nothing. */
export const checks = {
  ended: 'the run ended as planned and nothing was left in flight',
  pts_contiguous: "a device's log is 1, 2, 3, ... over all its sessions, each from where the last ended",
  hash_right: "the log's running hash is what the server said at each updates.caughtUp and snapshot",
  devices_equal: 'all devices of a user were sent the same log',
  seq_contiguous: "in a log a chat's messages are numbered without hole or repeat",
  chat_pts_order: "in a log a chat's changes go forward; who was there from the beginning has all of them",
  same_order: "what stands at a chat's chat_pts is the same for all its members",
  body_true: 'no update shows a text, sender or key other than what was asked for',
  cursor_known: 'no read or delivered mark is beyond what the log shows, or beyond what anybody read',
  removed_silent: "nothing of a person stands in a chat between the person's removal and return",
  acknowledged_once: 'every acknowledged send stands in its chat once, at the seq it was answered',
  never_doubled: 'no key and no change stands in a chat twice, whether it was answered or not',
  never_invented: 'nothing stands in a chat that nobody asked for',
  repeat_answered: 'a repeated key is answered as a repeat, as it was the first time',
  answers_in_order: 'a send that began after another was answered has the higher seq',
  edit_kept: 'every acknowledged edit stands in the chat once; the last one is what is shown',
  delete_kept: 'every acknowledged deletion left a tombstone',
  reaction_kept: 'the reaction last acknowledged is the one that stands',
  read_kept: 'at rest the marks are at least where acknowledged reads and deliveries moved them',
  members_kept: "the members at rest are those that the chat's changes say",
  snapshot_folds: 'a snapshot and the updates after it fold to the same as all updates',
  history_folds: 'the history at rest is what the updates fold to',
  shown_folds: 'what an SDK device shows at rest is what the updates fold to',
  read_covers: 'a read covers what its session had seen',
  read_true: 'no read shows a text, sender or key other than what was asked for',
  tokens_continue: 'every session and difference continues from the token it was asked with',
  ticks_forward: 'marks that a device is shown never go back',
  nothing_shown: 'no client that follows the protocol is shown an error but those of the rules',
  frames_fit: 'every frame is an answer to something or a notification, every error of the catalogue',
} as const;

export type CheckName = keyof typeof checks;

export interface Violation {
  readonly check: CheckName;
  readonly detail: string;
}

/** Of more than these the number is kept, the details are not. */
const details_max = 20;

export class Findings {
  private readonly lookedAt = new Map<CheckName, number>();
  private readonly found = new Map<CheckName, number>();
  readonly violations: Violation[] = [];
  /** What is allowed and worth knowing. */
  readonly notes = new Map<string, number>();

  looked(check: CheckName, count = 1): void {
    this.lookedAt.set(check, (this.lookedAt.get(check) ?? 0) + count);
  }

  /** One fact looked at by this check. */
  expect(check: CheckName, holds: boolean, detail: () => string): void {
    this.looked(check);
    if (holds) return;
    const count = (this.found.get(check) ?? 0) + 1;
    this.found.set(check, count);
    if (count <= details_max) this.violations.push({ check, detail: detail() });
  }

  note(what: string): void {
    this.notes.set(what, (this.notes.get(what) ?? 0) + 1);
  }

  get isClean(): boolean {
    return this.found.size === 0;
  }

  /** Every check with the number of facts looked at and of those that were wrong. */
  counts(): { readonly check: CheckName; readonly looked: number; readonly wrong: number }[] {
    return (Object.keys(checks) as CheckName[]).map((check) => ({
      check,
      looked: this.lookedAt.get(check) ?? 0,
      wrong: this.found.get(check) ?? 0,
    }));
  }
}
