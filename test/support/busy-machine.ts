/** What a server tells of when the machine does other things too: the servers behind it answered late, and it goes on. */
const waited = /Postgres does not answer|Refusal: (UNAVAILABLE|NOT_CAUGHT_UP)$/;

/** Of what was logged, the lines that no busy machine is the reason of. */
export const linesBesideWaiting = (output: string): string[] =>
  output.split('\n').filter((line) => !waited.test(line));
