/** As Node names them: certificates whose issuer it does not know, and those that are not (or no more) for this name. */
const unknown_issuer =
  /^(UNABLE_TO_(GET_ISSUER_CERT(_LOCALLY)?|VERIFY_LEAF_SIGNATURE)|(DEPTH_ZERO_)?SELF_SIGNED_CERT(_IN_CHAIN)?)$/;
const wrong_certificate = /^(ERR_TLS_CERT_ALTNAME_INVALID|CERT_[A-Z_]+)$/;

/** A server that answers, and is not trusted. Null: it is something else. */
export function untrustedLine(error: unknown, url: string): string | null {
  const code = codeIn(error);
  if (unknown_issuer.test(code))
    return `The certificate of ${url} is of nobody that this machine knows (${code}). If it is yours: NODE_EXTRA_CA_CERTS=<file of its issuer> npm run chat …`;
  if (wrong_certificate.test(code)) return `The certificate of ${url} does not hold for it (${code}).`;
  return null;
}

/** Of the innermost cause that has one: `fetch` wraps what went wrong. */
function codeIn(error: unknown): string {
  const { cause, code } = (error ?? {}) as { cause?: unknown; code?: unknown };
  return (cause === undefined ? '' : codeIn(cause)) || (typeof code === 'string' ? code : '');
}
