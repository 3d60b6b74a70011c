/** What the rules of a chat refuse is part of a workload that draws what to do: its target may just have gone. */
export const rules: ReadonlySet<string> = new Set([
  'NOT_A_MEMBER',
  'MESSAGE_DELETED',
  'NOT_FOUND',
  'FORBIDDEN',
  'NOT_EDITABLE',
]);

/** Of a key that is new by its sender's clock and far ahead by a server's: there is none unless a clock was set. */
export const clockAhead = 'CLOCK_AHEAD';
