/** SHA-256, handed in by whoever calls: the domain runs where `node:crypto` is and where it is not. */
export type Sha256 = (...parts: readonly (string | Uint8Array)[]) => Uint8Array;

/** RFC 4648 base64url without padding. */
export function base64Url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** The reverse of `base64Url`; throws on text that is not base64url. */
export function fromBase64Url(text: string): Uint8Array {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
