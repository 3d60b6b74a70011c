const unit_ms: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `90s`, `15m`, `12h`, `30d`, in milliseconds; undefined for anything else. */
export function durationMs(text: string): number | undefined {
  const [, digits, unit] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * unit_ms[unit!]!;
}

/** A moment of UTC (`2026-01-31` or `2026-01-31T12:00:00Z`), or that long ago, in milliseconds of the clock. */
export function sinceMs(text: string): number | undefined {
  const ago = durationMs(text);
  if (ago !== undefined) return Date.now() - ago;
  const given = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?Z)?$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(given) ? undefined : given;
}
