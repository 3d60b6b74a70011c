/** How many requests are being served, in this process and in each range: over either bound a request is refused. */
export class InFlight {
  private total = 0;
  private readonly byRange = new Map<string, number>();

  constructor(
    private readonly bounds: {
      readonly requests_in_flight_max: number;
      readonly requests_in_flight_per_range_max: number;
    },
  ) {}

  /** Takes a place; false when there is none. */
  enter(range: string): boolean {
    const inRange = this.byRange.get(range) ?? 0;
    if (this.total >= this.bounds.requests_in_flight_max) return false;
    if (inRange >= this.bounds.requests_in_flight_per_range_max) return false;
    this.total++;
    this.byRange.set(range, inRange + 1);
    return true;
  }

  leave(range: string): void {
    this.total--;
    this.byRange.set(range, (this.byRange.get(range) ?? 1) - 1);
  }
}
