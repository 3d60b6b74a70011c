/** Times as people say them, in the local time zone. */
const clockFormat = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const dayFormat = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' });
const yearFormat = new Intl.DateTimeFormat('en-GB', { year: 'numeric' });
const shortFormat = new Intl.DateTimeFormat('en-GB', { day: '2-digit', month: '2-digit', year: '2-digit' });

/** `14:03` */
export function clock(dateMs: number): string {
  return clockFormat.format(dateMs);
}

/** `Sunday 23 November`, with the year when it is not this one. */
export function day(dateMs: number, nowMs = Date.now()): string {
  const year = yearFormat.format(dateMs);
  const words = dayFormat.format(dateMs).replace(',', '');
  return year === yearFormat.format(nowMs) ? words : `${words} ${year}`;
}

/** For a list: `14:03` of today, else `23/11/26`. */
export function clockOrDay(dateMs: number, nowMs = Date.now()): string {
  const date = shortFormat.format(dateMs);
  return date === shortFormat.format(nowMs) ? clock(dateMs) : date;
}

/** `at 14:03` of today, else `on 23/11/26`. */
export function lastSeen(dateMs: number, nowMs = Date.now()): string {
  const words = clockOrDay(dateMs, nowMs);
  return words.includes('/') ? `on ${words}` : `at ${words}`;
}
