/** The one table of settings: what each does, what it may be, what it is when it is not given, and how it is read. */
import { isIP } from 'node:net';

interface SettingEntry<T> {
  readonly variable: string;
  readonly does: string;
  readonly expected: string;
  readonly fallback?: string;
  /** Its value may hold a password: it is never shown. */
  readonly hidden?: true;
  /** Even where a process could do without. */
  readonly requiredInProduction?: true;
  /** Undefined: not what is expected. */
  readonly parse: (text: string) => T | undefined;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const logFormats = ['auto', 'json', 'text'] as const;
const nodeEnvs = ['development', 'production', 'test'] as const;
const codeSenders = ['development', 'webhook', 'twilio'] as const;
const streamCounts = [1, 2, 4, 8, 16, 32, 64, 128, 256];

const setting = <T>(entry: SettingEntry<T>): SettingEntry<T> => entry;

const wholeNumber = (text: string): number | undefined => (/^\d{1,9}$/.test(text) ? Number(text) : undefined);
const port = (text: string): number | undefined => {
  const number = wholeNumber(text);
  return number !== undefined && number <= 65_535 ? number : undefined;
};
const address = (text: string): string | undefined =>
  text === 'localhost' || isIP(text) !== 0 ? text : undefined;
const origins = (text: string): readonly string[] | undefined => {
  if (text === 'none') return [];
  const all = text.split(',').map((one) => one.trim());
  return all.every(isOrigin) ? all : undefined;
};
/** As browsers write it: nothing after the host and a port that is not the usual one. */
const isOrigin = (text: string): boolean =>
  /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
const cachesScale = (text: string): number | undefined => {
  const scale = /^\d{1,2}(\.\d{1,4})?$/.test(text) ? Number(text) : 0;
  return scale >= 0.01 && scale <= 10 ? scale : undefined;
};
const limitsScale = (text: string): number | undefined => {
  if (text === 'off') return 0;
  const scale = /^\d{1,4}(\.\d{1,4})?$/.test(text) ? Number(text) : 0;
  return scale >= 0.01 && scale <= 1_000 ? scale : undefined;
};
/** Addresses and CIDR ranges. */
const networks = (text: string): readonly string[] | undefined => {
  if (text === 'none') return [];
  const all = text.split(',').map((one) => one.trim());
  return all.every(isNetwork) ? all : undefined;
};
function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const bits = isIP(address) === 4 ? 32 : isIP(address) === 6 ? 128 : -1;
  const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
  return bits > 0 && isPrefix && rest.length === 0;
}
/** A key id in the one byte that a token has for it; null: the key that the common secret makes. */
export interface SyncTokenKeySetting {
  readonly id: number;
  readonly secret: string | null;
}

function syncTokenKeys(text: string): readonly SyncTokenKeySetting[] | undefined {
  const keys = text.split(',').map((one): SyncTokenKeySetting | undefined => {
    if (one === '1') return { id: 1, secret: null };
    const [, digits, secret] = /^([1-9]\d{0,2}):([A-Za-z0-9_-]{43})$/.exec(one) ?? [];
    const id = Number(digits);
    return secret !== undefined && id >= 2 && id <= 255 ? { id, secret } : undefined;
  });
  const known = keys.filter((key) => key !== undefined);
  return known.length === keys.length && new Set(known.map(({ id }) => id)).size === keys.length
    ? known
    : undefined;
}
const matching =
  (pattern: RegExp) =>
  (text: string): string | undefined =>
    pattern.test(text) ? text : undefined;
/** RFC 7064 and 7065. */
const iceUrls = (text: string): readonly string[] | undefined => {
  if (text === 'none') return [];
  const all = text.split(',').map((one) => one.trim());
  return all.every((url) => isIceUrl.test(url)) ? all : undefined;
};
const isIceUrl = /^(stuns?:[^\s,?/@]+|turns?:[^\s,?/@]+(\?transport=(udp|tcp))?)$/;
const seconds =
  (min: number, max: number) =>
  (text: string): number | undefined => {
    const number = wholeNumber(text) ?? 0;
    return number >= min && number <= max ? number : undefined;
  };
const minuteOfDay = (text: string): number | undefined => {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  return hours === undefined ? undefined : Number(hours) * 60 + Number(minutes);
};
const path = (text: string): string | undefined => (text.includes('\0') ? undefined : text);
const oneOf =
  <T extends string>(values: readonly T[]) =>
  (text: string): T | undefined =>
    values.find((value) => value === text);

const aPort = 'a port from 0 to 65535 (0: any free one)';
const anAddress = 'an IP address or localhost';

export const settingsTable = {
  port: setting({
    variable: 'PORT',
    does: 'port to serve on',
    fallback: '3000',
    expected: aPort,
    parse: port,
  }),
  host: setting({
    variable: 'HOST',
    does: 'address to serve on; 0.0.0.0 or :: for other machines to reach it',
    fallback: '127.0.0.1',
    expected: anAddress,
    parse: address,
  }),
  origins: setting({
    variable: 'ODNIX_ORIGINS',
    does: 'web pages that may connect, beside those of the same address (and of this machine in development)',
    fallback: 'none',
    expected: 'none, or origins as https://chat.example, several separated by commas',
    parse: origins,
  }),
  tlsCert: setting({
    variable: 'TLS_CERT',
    does: 'file with the certificate, and those it rests on, to serve HTTPS with; read anew when it changes',
    expected: 'a path to PEM',
    parse: path,
  }),
  tlsKey: setting({
    variable: 'TLS_KEY',
    does: "file with the certificate's private key",
    expected: 'a path to PEM',
    parse: path,
  }),
  trustedProxies: setting({
    variable: 'TRUSTED_PROXIES',
    does: "proxies whose X-Forwarded-For names the client; anybody else's is ignored (docs/edge.md)",
    fallback: 'none',
    expected: 'none, or addresses and ranges as 10.0.0.0/8, several separated by commas',
    parse: networks,
  }),
  compression: setting({
    variable: 'WS_COMPRESSION',
    does: 'whether frames of WebSockets are compressed for clients that offer it; costs memory and time a socket',
    fallback: 'off',
    expected: 'on or off',
    parse: (text) => (text === 'on' ? true : text === 'off' ? false : undefined),
  }),
  limitsScale: setting({
    variable: 'LIMITS_SCALE',
    does: 'how much of every limit of docs/limits.md is given; the same in every process',
    fallback: '1',
    expected: 'a number from 0.01 to 1000, or off',
    parse: limitsScale,
  }),
  cachesScale: setting({
    variable: 'CACHES_SCALE',
    does: 'how much of its room each cache is given: less for little memory, more where reading again costs too much',
    fallback: '1',
    expected: 'a number from 0.01 to 10',
    parse: cachesScale,
  }),
  presenceOfflineAfterS: setting({
    variable: 'PRESENCE_OFFLINE_AFTER_S',
    does: 'seconds for which who has gone, or whose gateway has, still counts as online; the same in every gateway',
    fallback: '30',
    expected: 'a whole number from 1 to 600',
    parse: seconds(1, 600),
  }),
  callRingS: setting({
    variable: 'CALL_RING_S',
    does: 'seconds after which a call that nobody answers is missed; the same in every command handler',
    fallback: '60',
    expected: 'a whole number from 1 to 600',
    parse: seconds(1, 600),
  }),
  iceUrls: setting({
    variable: 'ICE_URLS',
    does: 'STUN and TURN servers that calls may use (docs/calls.md)',
    fallback: 'none',
    expected:
      'none, or URLs as stun:turn.example:3478 or turns:turn.example:5349?transport=tcp, separated by commas',
    parse: iceUrls,
  }),
  turnSecret: setting({
    variable: 'TURN_SECRET',
    does: "secret shared with those TURN servers (coturn's static-auth-secret), which credentials are made with",
    fallback: 'none',
    expected: 'none, or up to 256 characters without spaces',
    hidden: true,
    parse: matching(/^\S{1,256}$/),
  }),
  healthPort: setting({
    variable: 'HEALTH_PORT',
    does: 'port to tell health and metrics of this process on',
    fallback: '0',
    expected: aPort,
    parse: port,
  }),
  healthHost: setting({
    variable: 'HEALTH_HOST',
    does: 'address to tell them on, which is for operators alone',
    fallback: '127.0.0.1',
    expected: anAddress,
    parse: address,
  }),
  adminPort: setting({
    variable: 'ADMIN_PORT',
    does: 'port to serve the admin API on',
    fallback: '0',
    expected: aPort,
    parse: port,
  }),
  adminHost: setting({
    variable: 'ADMIN_HOST',
    does: 'address to serve the admin API on',
    fallback: '127.0.0.1',
    expected: anAddress,
    parse: address,
  }),
  dataDir: setting({
    variable: 'ODNIX_DATA_DIR',
    does: 'directory for everything that is kept',
    fallback: '.data',
    expected: 'a path',
    parse: path,
  }),
  natsUrl: setting({
    variable: 'NATS_URL',
    does: 'NATS with JetStream to use',
    expected: 'nats://host:port or tls://host:port, several separated by commas',
    hidden: true,
    parse: matching(/^(nats|tls):\/\/[^\s,]+(,(nats|tls):\/\/[^\s,]+)*$/),
  }),
  databaseUrl: setting({
    variable: 'DATABASE_URL',
    does: 'PostgreSQL database to use',
    expected: 'postgres://user:password@host:port/database',
    hidden: true,
    parse: matching(/^postgres(ql)?:\/\/\S+$/),
  }),
  secret: setting({
    variable: 'ODNIX_SECRET',
    does: 'secret that signs and keys everything; the same in every process',
    expected:
      '32 random bytes in base64url (43 characters), as from: openssl rand 32 | basenc --base64url | tr -d =',
    hidden: true,
    requiredInProduction: true,
    parse: matching(/^[A-Za-z0-9_-]{43}$/),
  }),
  syncTokenKeys: setting({
    variable: 'SYNC_TOKEN_KEYS',
    does: 'keys that sync tokens are made with (the first) and accepted of (all); docs/epochs.md tells how to change them',
    fallback: '1',
    expected:
      '1 (which ODNIX_SECRET makes) or 2 to 255 followed by : and a secret as ODNIX_SECRET, separated by commas',
    hidden: true,
    parse: syncTokenKeys,
  }),
  streamsPerFamily: setting({
    variable: 'STREAMS_PER_FAMILY',
    does: 'streams that each stream family is spread over; the same in every process, for ever',
    fallback: '4',
    expected: 'a power of two from 1 to 256',
    parse: (text) => streamCounts.find((count) => count === wholeNumber(text)),
  }),
  signInsPerAddressMax: setting({
    variable: 'SIGN_IN_TRIES_MAX',
    does: 'codes asked for, wrong codes given, QR tokens made: how many of each from one address in ten minutes',
    fallback: '100',
    expected: 'a whole number from 1',
    parse: (text) => wholeNumber(text) || undefined,
  }),
  codeSender: setting({
    variable: 'CODE_SENDER',
    does: 'what brings one-time codes to phones; development tells them to whoever asks, and refuses production',
    fallback: 'development',
    expected: `one of ${codeSenders.join(', ')}`,
    parse: oneOf(codeSenders),
  }),
  codeWebhookUrl: setting({
    variable: 'CODE_WEBHOOK_URL',
    does: 'with CODE_SENDER=webhook: what codes are posted to',
    fallback: 'none',
    expected: 'none, or a URL as https://sms.example/codes',
    hidden: true,
    parse: matching(/^(none|https?:\/\/\S+)$/),
  }),
  codeWebhookSecret: setting({
    variable: 'CODE_WEBHOOK_SECRET',
    does: 'with CODE_SENDER=webhook: what those requests are signed with',
    fallback: 'none',
    expected: 'none, or a secret made as ODNIX_SECRET',
    hidden: true,
    parse: matching(/^(none|[A-Za-z0-9_-]{43})$/),
  }),
  twilioAccountSid: setting({
    variable: 'TWILIO_ACCOUNT_SID',
    does: 'with CODE_SENDER=twilio: whose account sends',
    fallback: 'none',
    expected: 'none, or AC and 32 hex digits',
    parse: matching(/^(none|AC[0-9a-f]{32})$/),
  }),
  twilioAuthToken: setting({
    variable: 'TWILIO_AUTH_TOKEN',
    does: 'with CODE_SENDER=twilio: its token',
    fallback: 'none',
    expected: 'none, or the token that Twilio shows',
    hidden: true,
    parse: matching(/^\S{1,128}$/),
  }),
  twilioFrom: setting({
    variable: 'TWILIO_FROM',
    does: 'with CODE_SENDER=twilio: the number, or the messaging service, that messages come from',
    fallback: 'none',
    expected: 'none, or a number as +15550100, or MG and 32 hex digits',
    parse: matching(/^(none|\+[1-9]\d{6,14}|MG[0-9a-f]{32})$/),
  }),
  erasureAtMinute: setting({
    variable: 'ERASURE_AT',
    does: 'time of day, UTC, at which what was deleted is erased (docs/erasure.md)',
    fallback: '03:30',
    expected: 'a time from 00:00 to 23:59',
    parse: minuteOfDay,
  }),
  logLevel: setting({
    variable: 'LOG_LEVEL',
    does: 'least severe log lines to write',
    fallback: 'info',
    expected: `one of ${logLevels.join(', ')}`,
    parse: oneOf(logLevels),
  }),
  logFormat: setting({
    variable: 'LOG_FORMAT',
    does: 'how log lines are written',
    fallback: 'auto',
    expected: `one of ${logFormats.join(', ')}; auto: json where NODE_ENV is production, else text`,
    parse: oneOf(logFormats),
  }),
  nodeEnv: setting({
    variable: 'NODE_ENV',
    does: 'kind of installation',
    fallback: 'development',
    expected: `one of ${nodeEnvs.join(', ')}`,
    parse: oneOf(nodeEnvs),
  }),
} as const;

export type SettingName = keyof typeof settingsTable;

export type Settings<Name extends SettingName> = {
  readonly [N in Name]: NonNullable<ReturnType<(typeof settingsTable)[N]['parse']>>;
};

/** As the errors and the usage text read it, whichever entry it is. */
export const entryOf = (name: SettingName): SettingEntry<unknown> => settingsTable[name];
