import { describe, expect, it } from 'vitest';
import { readSettings, SettingsError, settingsTable } from './settings.js';

const secret = 'x'.repeat(43);

function complaintsAbout(env: Record<string, string>): string {
  try {
    readSettings(env);
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as Error).message;
  }
  throw new Error('accepted');
}

describe('settings', () => {
  it('has a default for everything that is not optional', () => {
    expect(readSettings({})).toEqual({
      port: 3000,
      host: '127.0.0.1',
      dataDir: '.data',
      streamsPerFamily: 4,
      logLevel: 'info',
      nodeEnv: 'development',
    });
  });

  it('takes an empty value for absent', () => {
    expect(readSettings({ PORT: '', NATS_URL: '', ODNIX_SECRET: '' })).toEqual(readSettings({}));
  });

  it('reads every setting', () => {
    const env = {
      PORT: '0',
      HOST: '::1',
      ODNIX_DATA_DIR: '/srv/odnix',
      NATS_URL: 'nats://a:4222,tls://b:4222',
      DATABASE_URL: 'postgresql://u:p@h/d',
      ODNIX_SECRET: secret,
      STREAMS_PER_FAMILY: '16',
      LOG_LEVEL: 'warn',
      NODE_ENV: 'production',
    };
    expect(Object.keys(env)).toEqual(Object.keys(settingsTable));
    expect(readSettings(env)).toEqual({
      port: 0,
      host: '::1',
      dataDir: '/srv/odnix',
      natsUrl: 'nats://a:4222,tls://b:4222',
      databaseUrl: 'postgresql://u:p@h/d',
      secret,
      streamsPerFamily: 16,
      logLevel: 'warn',
      nodeEnv: 'production',
    });
  });

  it.each([
    ['PORT', ['65536', '-1', '80.5', '0x10', '1e3', 'http', ' ']],
    ['HOST', ['example', '1.2.3', 'http://127.0.0.1']],
    ['ODNIX_DATA_DIR', ['a\0b']],
    ['STREAMS_PER_FAMILY', ['0', '3', '512', 'four']],
    ['LOG_LEVEL', ['loud']],
    ['NODE_ENV', ['prod']],
  ] as const)('refuses a wrong %s and says what was given', (name, values) => {
    for (const value of values) {
      const message = complaintsAbout({ [name]: value });
      expect(message).toContain(`${name}: expected ${settingsTable[name].expected}`);
      expect(message).toContain(`given: ${JSON.stringify(value)}`);
    }
  });

  it.each([
    ['NATS_URL', 'http://user:hunter2@host'],
    ['DATABASE_URL', 'mysql://user:hunter2@host'],
    ['ODNIX_SECRET', 'hunter2'],
  ])('refuses a wrong %s without showing it', (name, value) => {
    const message = complaintsAbout({ [name]: value });
    expect(message).toContain(`${name}: expected `);
    expect(message).not.toContain('hunter2');
  });

  it('names every wrong setting at once', () => {
    const message = complaintsAbout({ PORT: 'x', LOG_LEVEL: 'y' });
    expect(message.split('\n').map((line) => line.split(':')[0])).toEqual(['PORT', 'LOG_LEVEL']);
  });

  it('requires a secret in production', () => {
    expect(complaintsAbout({ NODE_ENV: 'production' })).toContain('ODNIX_SECRET: expected');
    expect(readSettings({ NODE_ENV: 'production', ODNIX_SECRET: secret }).secret).toBe(secret);
  });
});
