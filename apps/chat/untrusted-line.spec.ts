/** Seen failing with the outermost error's code looked at alone. */
import { expect, test } from 'vitest';
import { OdnixError } from '#client/odnix-error.js';
import { untrustedLine } from './untrusted-line.js';

const failed = (code: string): Error => {
  const cause = Object.assign(new Error('certificate'), { code });
  const error = new OdnixError('NOT_CONNECTED', 'The server does not answer.', { retryable: true });
  return Object.assign(error, { cause: new TypeError('fetch failed', { cause }) });
};

test.for([
  ['SELF_SIGNED_CERT_IN_CHAIN', /NODE_EXTRA_CA_CERTS/],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', /NODE_EXTRA_CA_CERTS/],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /NODE_EXTRA_CA_CERTS/],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /NODE_EXTRA_CA_CERTS/],
  ['CERT_HAS_EXPIRED', /does not hold/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', /does not hold/],
] as const)('%s is told as what it is', ([code, line]) => {
  expect(untrustedLine(failed(code), 'https://chat.example')).toMatch(line);
});

test('a server that is not there is not', () => {
  expect(untrustedLine(failed('ECONNREFUSED'), 'https://chat.example')).toBeNull();
  expect(untrustedLine(new Error('x'), 'https://chat.example')).toBeNull();
});
