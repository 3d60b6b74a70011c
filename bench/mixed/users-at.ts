/** How many users there may be until a percentile passes a bound, between the steps that were measured. */
export interface Step {
  readonly users: number;
  readonly p99_ms: number;
}

/** In a straight line between the last step within the bound and the first beyond it; steps grow. */
export function usersAt(steps: readonly Step[], p99_ms_max: number): number {
  let before: Step = { users: 0, p99_ms: 0 };
  for (const step of steps) {
    if (step.p99_ms > p99_ms_max) {
      const part = (p99_ms_max - before.p99_ms) / (step.p99_ms - before.p99_ms);
      return before.users + part * (step.users - before.users);
    }
    before = step;
  }
  return before.users;
}
