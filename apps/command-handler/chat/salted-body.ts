import { createHash, randomBytes } from 'node:crypto';
import type { SaltedBody } from '#domain/chat/index.js';
import type { UserContent } from '#domain/chat/events.js';
import { canonicalJson } from '#domain/kernel/canonical-json.js';

const salt_bytes = 16;

/** A message's text with the salt that goes when it goes, and the commitment that stays (docs/adr/0002). */
export function saltedBody(content: UserContent): SaltedBody {
  const salt = randomBytes(salt_bytes);
  const commitment = createHash('sha256').update(salt).update(canonicalJson(content)).digest('base64url');
  return { content, salt: salt.toString('base64url'), commitment };
}
