/** As many as a killed handler may leave behind at once. */
const saved_max = 100;
const answers_per_again = 10;

/**
 * How much may be asked twice: one in ten of what is answered, some saved up. A handler that dies takes few requests with it,
 * and they are asked again at once; where everything is slow, asking twice would only make it slower.
 */
export class AgainBudget {
  private left = saved_max;

  answered(): void {
    this.left = Math.min(saved_max, this.left + 1 / answers_per_again);
  }

  take(): boolean {
    if (this.left < 1) return false;
    this.left -= 1;
    return true;
  }
}
