import { describe, expect, it } from 'vitest';
import { entryOf, settingsTable, type SettingName } from './settings-table.js';
import { readSettings, SettingsError, settingsHelp, type Environment } from './settings.js';

const secret = 'x'.repeat(43);
const names = Object.keys(settingsTable) as SettingName[];
/** What has no default is optional here, as in a process that brings its own. */
const pick = {
  needed: [
    'port',
    'host',
    'origins',
    'trustedProxies',
    'compression',
    'limitsScale',
    'cachesScale',
    'presenceOfflineAfterS',
    'callRingS',
    'iceUrls',
    'turnSecret',
    'healthPort',
    'healthHost',
    'adminPort',
    'adminHost',
    'dataDir',
    'syncTokenKeys',
    'streamsPerFamily',
    'signInsPerAddressMax',
    'codeSender',
    'codeWebhookUrl',
    'codeWebhookSecret',
    'twilioAccountSid',
    'twilioAuthToken',
    'twilioFrom',
    'erasureAtMinute',
    'logLevel',
    'logFormat',
    'nodeEnv',
  ] as const,
  optional: {
    natsUrl: 'its own',
    databaseUrl: 'its own',
    secret: 'its own',
    tlsCert: 'plain HTTP',
    tlsKey: 'plain HTTP',
  },
};
const read = (env: Environment) => readSettings(pick, env);

function complaintsAbout(env: Environment, asked: () => unknown = () => read(env)): string {
  try {
    asked();
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as Error).message;
  }
  throw new Error('accepted');
}

describe('settings', () => {
  it('has a default for everything that is not optional', () => {
    expect(read({})).toEqual({
      port: 3000,
      host: '127.0.0.1',
      origins: [],
      trustedProxies: [],
      compression: false,
      limitsScale: 1,
      cachesScale: 1,
      presenceOfflineAfterS: 30,
      callRingS: 60,
      iceUrls: [],
      turnSecret: 'none',
      healthPort: 0,
      healthHost: '127.0.0.1',
      adminPort: 0,
      adminHost: '127.0.0.1',
      dataDir: '.data',
      syncTokenKeys: [{ id: 1, secret: null }],
      streamsPerFamily: 4,
      signInsPerAddressMax: 100,
      codeSender: 'development',
      codeWebhookUrl: 'none',
      codeWebhookSecret: 'none',
      twilioAccountSid: 'none',
      twilioAuthToken: 'none',
      twilioFrom: 'none',
      erasureAtMinute: 3 * 60 + 30,
      logLevel: 'info',
      logFormat: 'auto',
      nodeEnv: 'development',
    });
  });

  it('takes an empty value for absent', () => {
    expect(read({ PORT: '', NATS_URL: '', ODNIX_SECRET: '' })).toEqual(read({}));
  });

  it('reads every setting', () => {
    const env = {
      PORT: '0',
      HOST: '::1',
      ODNIX_ORIGINS: 'https://chat.example, http://10.0.0.1:8080',
      TLS_CERT: '/etc/odnix/chain.pem',
      TLS_KEY: '/etc/odnix/key.pem',
      TRUSTED_PROXIES: '10.0.0.0/8, 2001:db8::/32,192.0.2.7',
      WS_COMPRESSION: 'on',
      LIMITS_SCALE: '0.5',
      CACHES_SCALE: '0.05',
      PRESENCE_OFFLINE_AFTER_S: '5',
      CALL_RING_S: '20',
      ICE_URLS: 'stun:[2001:db8::1]:3478, turns:turn.example?transport=tcp',
      TURN_SECRET: 'shared',
      HEALTH_PORT: '8080',
      HEALTH_HOST: 'localhost',
      ADMIN_PORT: '9090',
      ADMIN_HOST: '::1',
      ODNIX_DATA_DIR: '/srv/odnix',
      NATS_URL: 'nats://a:4222,tls://b:4222',
      DATABASE_URL: 'postgresql://u:p@h/d',
      ODNIX_SECRET: secret,
      SYNC_TOKEN_KEYS: `7:${secret},1`,
      STREAMS_PER_FAMILY: '16',
      SIGN_IN_TRIES_MAX: '7',
      CODE_SENDER: 'twilio',
      CODE_WEBHOOK_URL: 'https://sms.example/codes',
      CODE_WEBHOOK_SECRET: secret,
      TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
      TWILIO_AUTH_TOKEN: 'token',
      TWILIO_FROM: '+15550199',
      ERASURE_AT: '23:05',
      LOG_LEVEL: 'warn',
      LOG_FORMAT: 'json',
      NODE_ENV: 'production',
    };
    expect(Object.keys(env)).toEqual(names.map((name) => entryOf(name).variable));
    expect(read(env)).toEqual({
      port: 0,
      host: '::1',
      origins: ['https://chat.example', 'http://10.0.0.1:8080'],
      tlsCert: '/etc/odnix/chain.pem',
      tlsKey: '/etc/odnix/key.pem',
      trustedProxies: ['10.0.0.0/8', '2001:db8::/32', '192.0.2.7'],
      compression: true,
      limitsScale: 0.5,
      cachesScale: 0.05,
      presenceOfflineAfterS: 5,
      callRingS: 20,
      iceUrls: ['stun:[2001:db8::1]:3478', 'turns:turn.example?transport=tcp'],
      turnSecret: 'shared',
      healthPort: 8080,
      healthHost: 'localhost',
      adminPort: 9090,
      adminHost: '::1',
      dataDir: '/srv/odnix',
      natsUrl: 'nats://a:4222,tls://b:4222',
      databaseUrl: 'postgresql://u:p@h/d',
      secret,
      syncTokenKeys: [
        { id: 7, secret },
        { id: 1, secret: null },
      ],
      streamsPerFamily: 16,
      signInsPerAddressMax: 7,
      codeSender: 'twilio',
      codeWebhookUrl: 'https://sms.example/codes',
      codeWebhookSecret: secret,
      twilioAccountSid: `AC${'0'.repeat(32)}`,
      twilioAuthToken: 'token',
      twilioFrom: '+15550199',
      erasureAtMinute: 23 * 60 + 5,
      logLevel: 'warn',
      logFormat: 'json',
      nodeEnv: 'production',
    });
  });

  it.each([
    ['port', ['65536', '-1', '80.5', '0x10', '1e3', 'http', ' ']],
    ['presenceOfflineAfterS', ['0', '601', '-1', '1.5', 'off']],
    ['cachesScale', ['0', '-1', '11', '.5', 'off']],
    ['limitsScale', ['0', '-1', '1001', '1e2', '.5', 'none']],
    ['healthPort', ['65536', 'off']],
    ['erasureAtMinute', ['24:00', '3:30', '03:60', 'night']],
    ['host', ['example', '1.2.3', 'http://127.0.0.1']],
    [
      'origins',
      [
        '*',
        'chat.example',
        'https://chat.example/',
        'https://Chat.example',
        'https://a.example:443',
        'ws://a',
        'null',
      ],
    ],
    ['origins', ['https://a.example,', 'https://a.example https://b.example', 'none,https://a.example']],
    [
      'trustedProxies',
      ['*', 'proxy.example', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0.1,', '::/129', '10.0.0.0/'],
    ],
    ['compression', ['yes', 'true', '1', 'ON']],
    ['dataDir', ['a\0b']],
    ['tlsCert', ['a\0b']],
    ['streamsPerFamily', ['0', '3', '512', 'four']],
    ['signInsPerAddressMax', ['0', '-1', 'many']],
    ['codeSender', ['sms', 'Twilio']],
    ['twilioAccountSid', ['AC1']],
    ['twilioFrom', ['15550199', 'MG1']],
    ['logLevel', ['loud']],
    ['logFormat', ['xml']],
    ['nodeEnv', ['prod']],
  ] as const)('refuses a wrong %s and says what was given', (name, values) => {
    const { variable, expected } = entryOf(name);
    for (const value of values) {
      const message = complaintsAbout({ [variable]: value });
      expect(message).toBe(`${variable}: expected ${expected}; given: ${JSON.stringify(value)}`);
    }
  });

  it.each([
    ['NATS_URL', 'http://user:hunter2@host'],
    ['DATABASE_URL', 'mysql://user:hunter2@host'],
    ['ODNIX_SECRET', 'hunter2'],
    ['CODE_WEBHOOK_SECRET', 'hunter2'],
    ['TWILIO_AUTH_TOKEN', 'hunter2 hunter2'],
  ])('refuses a wrong %s without showing it', (variable, value) => {
    const message = complaintsAbout({ [variable]: value });
    expect(message).toContain(`${variable}: expected `);
    expect(message).not.toContain('hunter2');
  });

  it('names every wrong setting at once, and what is needed and not given', () => {
    const needy = { needed: ['port', 'natsUrl', 'secret', 'logLevel'] as const };
    const env = { PORT: 'x', LOG_LEVEL: 'y' };
    const message = complaintsAbout(env, () => readSettings(needy, env));
    const lines = message.split('\n');
    expect(lines.map((line) => line.split(':')[0])).toEqual([
      'PORT',
      'NATS_URL',
      'ODNIX_SECRET',
      'LOG_LEVEL',
    ]);
    expect(lines[1]).toMatch(/given: nothing$/);
  });

  it('reads nothing that was not picked', () => {
    const env = { PORT: 'x', HOST: '::1' };
    expect(readSettings({ needed: ['host'] }, env)).toEqual({ host: '::1' });
  });

  it('requires a secret in production', () => {
    const message = complaintsAbout({ NODE_ENV: 'production' });
    expect(message).toMatch(/^ODNIX_SECRET: .* \(required when NODE_ENV=production\); given: nothing$/);
    expect(read({ NODE_ENV: 'production', ODNIX_SECRET: secret }).secret).toBe(secret);
  });
});

it('the usage text tells of what was picked, its default, or that it is required', () => {
  const help = settingsHelp({ needed: ['port', 'databaseUrl'], optional: { natsUrl: 'an embedded server' } });
  const told = [...help.matchAll(/^ {2}([A-Z_]+) /gm)].map(([, variable]) => variable);
  expect(told).toEqual(['PORT', 'NATS_URL', 'DATABASE_URL']);
  const defaults = [...help.matchAll(/^ {22}(default: .*|required)$/gm)].map(([, text]) => text);
  expect(defaults).toEqual(['default: 3000', 'default: an embedded server', 'required']);
});
