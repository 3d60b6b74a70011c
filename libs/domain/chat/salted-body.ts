import { canonicalJson } from '../kernel/canonical-json.js';
import { base64Url, fromBase64Url, type Sha256 } from '../kernel/hashing.js';
import type { SaltedBody } from './commands.js';
import type { UserContent } from './events.js';

/** A person's words with the salt that goes when they go, and the commitment that stays. `salt`: 16 random bytes or more. */
export function saltedBody(sha256: Sha256, content: UserContent, salt: Uint8Array): SaltedBody {
  return { content, salt: base64Url(salt), commitment: base64Url(sha256(salt, canonicalJson(content))) };
}

/** Whether a body is what its commitment was made for. */
export function isCommittedTo(sha256: Sha256, { content, salt, commitment }: SaltedBody): boolean {
  return saltedBody(sha256, content, fromBase64Url(salt)).commitment === commitment;
}
