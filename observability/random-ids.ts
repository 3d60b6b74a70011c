/** Random ids as W3C trace context writes them, of bytes that are drawn many at a time. */
const pool_bytes = 4_096;
let pool = Buffer.alloc(0);
let at = 0;

/** Each a text of its own: one that pointed into the pool's would keep all of it. */
export function randomHex(bytes: number): string {
  if (at + bytes > pool.length) {
    pool = Buffer.from(crypto.getRandomValues(new Uint8Array(pool_bytes)));
    at = 0;
  }
  at += bytes;
  return pool.toString('hex', at - bytes, at);
}
