/** SHA-256 where Node is: the one that servers hand to the domain. */
import { createHash } from 'node:crypto';
import type { Sha256 } from '#domain/kernel/hashing.js';

export const sha256: Sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
