import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

const iterations_count = 4_096;
const salt_bytes = 16;
const hash_bytes = 32;

/**
 * What Postgres keeps of a password (SCRAM-SHA-256): to be sent in its place, so that no statement, and no log of statements,
 * ever holds it. Printable ASCII only: anything else would have to be normalised as the server does it.
 */
export function scramVerifier(password: string): string {
  if (!/^[\x20-\x7e]+$/.test(password)) throw new Error('a database password takes printable ASCII only');
  const salt = randomBytes(salt_bytes);
  const salted = pbkdf2Sync(password, salt, iterations_count, hash_bytes, 'sha256');
  const keyOf = (purpose: string) => createHmac('sha256', salted).update(purpose).digest();
  const storedKey = createHash('sha256').update(keyOf('Client Key')).digest();
  const [saltText, storedText, serverText] = [salt, storedKey, keyOf('Server Key')].map((bytes) =>
    bytes.toString('base64'),
  );
  return `SCRAM-SHA-256$${iterations_count}:${saltText}$${storedText}:${serverText}`;
}
