/** NATS carries 1 MiB a message; the rest is for what stands around the items. */
export const answer_bytes_max = 786_432;

/** As many of the first items as fit, at least one: the others are another page. */
export function withinBytes<T>(items: readonly T[], bytes_max = answer_bytes_max): T[] {
  let bytes = 0;
  const fitting = items.findIndex((item, index) => {
    bytes += Buffer.byteLength(JSON.stringify(item));
    return index > 0 && bytes > bytes_max;
  });
  return fitting === -1 ? [...items] : items.slice(0, fitting);
}
