import { Mailbox } from './mailbox.js';

/** The mailbox of each aggregate that has work just now; an idle one costs nothing. */
export class Mailboxes<Job> {
  private readonly boxes = new Map<string, Mailbox<Job>>();

  constructor(
    private readonly bounds: { readonly waiting_jobs_max: number; readonly batch_jobs_max: number },
    private readonly serve: (aggregateId: string, batch: readonly Job[]) => Promise<void>,
  ) {}

  /** False: too much waits for this aggregate already, nothing was taken. */
  post(aggregateId: string, jobs: readonly Job[]): boolean {
    return this.box(aggregateId).post(jobs);
  }

  private box(aggregateId: string): Mailbox<Job> {
    const found = this.boxes.get(aggregateId);
    if (found) return found;
    const serve = (batch: readonly Job[]) => this.serve(aggregateId, batch);
    const box = new Mailbox(this.bounds, serve, () => this.boxes.delete(aggregateId));
    this.boxes.set(aggregateId, box);
    return box;
  }
}
