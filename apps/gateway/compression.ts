import type { PerMessageDeflateOptions } from 'ws';

/** Shorter frames are sent as they are: they would hardly shrink. */
const compressed_bytes_min = 1_024;
/** Frames of all sockets that are compressed or inflated at a time; the others wait for one another. */
const compressing_max = 10;
/** 4 KiB: an update is seldom longer. */
const window_bits = 12;

/**
 * What permessage-deflate (RFC 7692) may cost: some 130 KiB a socket that uses it, most of it zlib's and Node's own. Every frame stands for itself:
 * nothing has to be kept for the next, and how well one shrinks tells nothing about another. What inflates beyond the frame
 * limit is refused by the socket, at that length.
 */
export const compression: PerMessageDeflateOptions = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  serverMaxWindowBits: window_bits,
  clientMaxWindowBits: window_bits,
  threshold: compressed_bytes_min,
  concurrencyLimit: compressing_max,
  zlibDeflateOptions: { level: 3, memLevel: 5, chunkSize: 4_096 },
  zlibInflateOptions: { chunkSize: 4_096 },
};
