/**
 * What waits for one aggregate, served strictly one batch after the other: while a batch is being stored the next one
 * gathers. Order of arrival is order of service. A batch that throws is the server's own matter: it must answer its
 * jobs itself.
 */
export class Mailbox<Job> {
  private readonly waiting: Job[] = [];
  private serving = false;

  constructor(
    private readonly bounds: { readonly waiting_jobs_max: number; readonly batch_jobs_max: number },
    private readonly serve: (batch: readonly Job[]) => Promise<void>,
    private readonly onIdle: () => void,
  ) {}

  /** All of them or none: false says that too much waits already. */
  post(jobs: readonly Job[]): boolean {
    if (this.waiting.length + jobs.length > this.bounds.waiting_jobs_max) return false;
    this.waiting.push(...jobs);
    if (!this.serving) void this.serveAll();
    return true;
  }

  private async serveAll(): Promise<void> {
    this.serving = true;
    try {
      while (this.waiting.length > 0) {
        // A turn of the event loop lets what arrived together be served together.
        await new Promise<void>((resolve) => setImmediate(resolve));
        await this.serve(this.waiting.splice(0, this.bounds.batch_jobs_max));
      }
    } finally {
      this.serving = false;
      this.onIdle();
    }
  }
}
