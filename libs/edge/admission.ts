import { Refusal } from '#protocol/refusal.js';
import { Gate } from './gate.js';

export interface AdmissionLimits {
  /** Let in at a time. */
  readonly running_max: number;
  /** Waiting to be let in; who comes then is sent away, BUSY. */
  readonly waiting_max: number;
  /** After at least that and at most twice that, spread evenly, who was sent away may come again. */
  readonly retry_after_ms: number;
}

/**
 * Lets a crowd in bit by bit: at most `running_max` at a time, in order of arrival. Those it has no room for are told when to
 * come again, each another time, or they would all be back at once.
 */
export class Admission {
  private readonly gate: Gate;
  private inside = 0;

  constructor(
    private readonly limits: AdmissionLimits,
    private readonly random: () => number = Math.random,
  ) {
    this.gate = new Gate(limits.running_max);
  }

  /** Throws a Refusal (BUSY) without having begun. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const { running_max, waiting_max, retry_after_ms } = this.limits;
    if (this.inside >= running_max + waiting_max) {
      throw new Refusal('BUSY', { retry_after_ms: Math.round(retry_after_ms * (1 + this.random())) });
    }
    this.inside += 1;
    try {
      return await this.gate.run(work);
    } finally {
      this.inside -= 1;
    }
  }
}
