/**
 * How far the writer of a USER stream has read its sources, saved in that stream (subject `timeline.<stream>`), fenced
 * like the entries. A new writer starts from the last saved one, raised by the sources of the entries that follow it.
 */
export interface TimelinePosition {
  readonly format: 1;
  /** Source stream → last sequence whose entries are all written. */
  readonly positions: Readonly<Record<string, number>>;
}
