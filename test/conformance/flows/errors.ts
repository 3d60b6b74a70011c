/** Section 1: errors and health over plain HTTP. */
import assert from 'node:assert/strict';
import type { Check } from '../check.js';
import { expectShape, flag, object, someText } from '../shape.js';

const httpError = object({ error: object({ code: someText, message: someText, retryable: flag }) });

async function answered(url: string, init: RequestInit = {}): Promise<{ status: number; body: any }> {
  const response = await fetch(url, init);
  return { status: response.status, body: await response.json() };
}

const posted = (body: string): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body,
});

export const errorFlows: readonly Check[] = [
  {
    name: 'HTTP: errors',
    section: 1,
    says: 'Plain HTTP endpoints answer errors with the fitting status and `{error: {code, message, retryable, retry_after_ms?, details?}}`.',
    run: async ({ url }) => {
      const cases: [path: string, init: RequestInit, status: number][] = [
        ['/v1/auth/otp/request', posted('{"phone":"5"}'), 400],
        ['/v1/auth/otp/request', posted('{"phone":'), 400],
        ['/v1/auth/otp/verify', posted('{}'), 400],
        ['/v1/auth/refresh', posted('{"refresh_token":"nobodys"}'), 401],
        ['/v1/updates', {}, 401],
        ['/v1/updates/stream', {}, 401],
        ['/v1/no/such', {}, 404],
      ];
      for (const [path, init, status] of cases) {
        const { status: told, body } = await answered(url + path, init);
        assert.equal(told, status, path);
        expectShape(httpError, body, path);
      }
    },
  },
  {
    name: 'HTTP: invalid fields',
    section: 1,
    says: 'Invalid params name each wrong field in `data.details`.',
    run: async ({ url }) => {
      const { body } = await answered(`${url}/v1/auth/otp/request`, posted('{"phone":"5","extra":1}'));
      assert.deepEqual(Object.keys(body.error.details).toSorted(), ['extra', 'phone']);
    },
  },
  {
    name: 'HTTP: health',
    section: 1,
    says: '`GET /v1/health/live` and `GET /v1/health/ready` (200 or 503 with a JSON body naming each dependency).',
    run: async ({ url }) => {
      for (const path of ['/v1/health/live', '/v1/health/ready']) {
        const { status, body } = await answered(url + path);
        assert.equal(status, 200, path);
        assert.equal(typeof body, 'object', path);
      }
    },
  },
  {
    name: 'HTTP: no token in the URL',
    section: 1,
    says: 'HTTP transports authenticate by `Authorization: Bearer`, never by a token in the URL.',
    run: async ({ url, ann }) => {
      const query = new URLSearchParams({ access_token: ann.identity.access_token });
      const { status } = await answered(`${url}/v1/updates?${query}`);
      assert.notEqual(status, 200);
    },
  },
];
