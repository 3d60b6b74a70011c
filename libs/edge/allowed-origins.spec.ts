import { describe, expect, test } from 'vitest';
import { AllowedOrigins } from './allowed-origins.js';

const production = new AllowedOrigins({ origins: ['https://chat.example'], nodeEnv: 'production' });
const development = new AllowedOrigins({ origins: [], nodeEnv: 'development' });

describe('web pages that may talk to Odnix', () => {
  test.each([
    ['a listed one', 'https://chat.example', true],
    ['none: no browser', undefined, true],
    ['the same name without TLS', 'http://chat.example', false],
    ['the same name on another port', 'https://chat.example:8443', false],
    ['a name that ends alike', 'https://evil-chat.example', false],
    ['a name that begins alike', 'https://chat.example.evil', false],
    ['a file, or a sandboxed frame', 'null', false],
    ['this machine', 'http://localhost:8080', false],
  ])('%s', (_what, origin, expected) => {
    expect(production.allows(origin)).toBe(expected);
    expect(production.allowsSocket(origin, 'api.example')).toBe(expected);
  });

  test.each([
    ['http://localhost:8080', true],
    ['http://127.0.0.1:1', true],
    ['http://[::1]:8080', true],
    ['https://localhost', true],
    ['http://localhost.evil', false],
    ['http://127.0.0.1.evil:1', false],
    ['http://192.168.0.1', false],
  ])('in development those of this machine: %s', (origin, expected) => {
    expect(development.allows(origin)).toBe(expected);
  });

  test('over a socket those that the same address served, which over HTTP need no permission', () => {
    expect(production.allowsSocket('https://api.example', 'api.example')).toBe(true);
    expect(production.allowsSocket('https://api.example:8443', 'api.example')).toBe(false);
    expect(production.allowsSocket('null', undefined)).toBe(false);
    expect(production.allows('https://api.example')).toBe(false);
  });
});
