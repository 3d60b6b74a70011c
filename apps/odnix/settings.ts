/**
 * Every setting of Odnix: read from the environment once, at boot, and refused with an error that names the setting, what
 * was given (never a secret) and what is expected.
 */
import 'reflect-metadata';
import {
  IsIn,
  IsInt,
  IsIP,
  IsNotEmpty,
  IsOptional,
  Matches,
  Max,
  Min,
  NotContains,
  ValidateIf,
  validateSync,
} from 'class-validator';

export interface Settings {
  port: number;
  host: string;
  dataDir: string;
  natsUrl?: string;
  databaseUrl?: string;
  /** 32 bytes in base64url; absent: made once and kept in the data directory. */
  secret?: string;
  streamsPerFamily: number;
  logLevel: string;
  nodeEnv: string;
}

interface SettingEntry {
  expected: string;
  does: string;
  fallback?: string;
  absent?: string;
  /** Its value may hold a password: it is never shown. */
  hidden?: true;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
const nodeEnvs = ['development', 'production', 'test'];
const streamCounts = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/** One table for the defaults, the errors and the usage text. */
export const settingsTable = {
  PORT: { does: 'port to serve on', fallback: '3000', expected: 'a port from 0 to 65535 (0: any free one)' },
  HOST: {
    does: 'address to serve on; 0.0.0.0 or :: for other machines to reach it',
    fallback: '127.0.0.1',
    expected: 'an IP address or localhost',
  },
  ODNIX_DATA_DIR: { does: 'directory for everything that is kept', fallback: '.data', expected: 'a path' },
  NATS_URL: {
    does: 'NATS with JetStream to use',
    absent: 'an embedded server',
    expected: 'nats://host:port or tls://host:port, several separated by commas',
    hidden: true,
  },
  DATABASE_URL: {
    does: 'PostgreSQL database to use',
    absent: 'an embedded server',
    expected: 'postgres://user:password@host:port/database',
    hidden: true,
  },
  ODNIX_SECRET: {
    does: 'secret that signs and keys everything; required when NODE_ENV=production',
    absent: 'made once and kept in the data directory',
    expected:
      '32 random bytes in base64url (43 characters), as from: openssl rand 32 | basenc --base64url | tr -d =',
    hidden: true,
  },
  STREAMS_PER_FAMILY: {
    does: 'streams that each stream family is spread over',
    fallback: '4',
    expected: 'a power of two from 1 to 256',
  },
  LOG_LEVEL: {
    does: 'least severe log lines to write',
    fallback: 'info',
    expected: `one of ${logLevels.join(', ')}`,
  },
  NODE_ENV: {
    does: 'kind of installation',
    fallback: 'development',
    expected: `one of ${nodeEnvs.join(', ')}`,
  },
} satisfies Record<string, SettingEntry>;

type SettingName = keyof typeof settingsTable;

class Environment {
  @IsInt() @Min(0) @Max(65_535) PORT!: unknown;
  @ValidateIf((environment: Environment) => environment.HOST !== 'localhost') @IsIP() HOST!: unknown;
  @IsNotEmpty() @NotContains('\0') ODNIX_DATA_DIR!: unknown;
  @IsOptional() @Matches(/^(nats|tls):\/\/[^\s,]+(,(nats|tls):\/\/[^\s,]+)*$/) NATS_URL?: unknown;
  @IsOptional() @Matches(/^postgres(ql)?:\/\/\S+$/) DATABASE_URL?: unknown;
  @ValidateIf((environment: Environment) => environment.needsSecret())
  @Matches(/^[A-Za-z0-9_-]{43}$/)
  ODNIX_SECRET?: unknown;
  @IsIn(streamCounts) STREAMS_PER_FAMILY!: unknown;
  @IsIn(logLevels) LOG_LEVEL!: unknown;
  @IsIn(nodeEnvs) NODE_ENV!: unknown;

  needsSecret(): boolean {
    return this.ODNIX_SECRET !== undefined || this.NODE_ENV === 'production';
  }
}

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Throws SettingsError with one line for each setting that is wrong. An empty value counts as absent. */
export function readSettings(env: Record<string, string | undefined>): Settings {
  const environment = Object.assign(new Environment(), rawValues(env));
  const wrong = validateSync(environment).map(({ property }) => property as SettingName);
  if (wrong.length > 0) throw new SettingsError(wrong.map((name) => complaint(name, env[name])).join('\n'));
  const valid = environment as Record<SettingName, unknown>;
  return {
    port: valid.PORT as number,
    host: valid.HOST as string,
    dataDir: valid.ODNIX_DATA_DIR as string,
    ...(valid.NATS_URL ? { natsUrl: valid.NATS_URL as string } : {}),
    ...(valid.DATABASE_URL ? { databaseUrl: valid.DATABASE_URL as string } : {}),
    ...(valid.ODNIX_SECRET ? { secret: valid.ODNIX_SECRET as string } : {}),
    streamsPerFamily: valid.STREAMS_PER_FAMILY as number,
    logLevel: valid.LOG_LEVEL as string,
    nodeEnv: valid.NODE_ENV as string,
  };
}

function rawValues(env: Record<string, string | undefined>): Record<string, string | number | undefined> {
  const entries = Object.entries(settingsTable).map(([name, entry]: [string, SettingEntry]) => {
    const text = env[name] || entry.fallback;
    const isNumber = name === 'PORT' || name === 'STREAMS_PER_FAMILY';
    return [name, isNumber && text && /^\d{1,9}$/.test(text) ? Number(text) : text] as const;
  });
  return Object.fromEntries(entries);
}

function complaint(name: SettingName, given: string | undefined): string {
  const entry: SettingEntry = settingsTable[name];
  const shown = !given
    ? 'nothing'
    : entry.hidden
      ? `${given.length} characters, not shown`
      : JSON.stringify(given);
  const why = name === 'ODNIX_SECRET' && !given ? ' (required when NODE_ENV=production)' : '';
  return `${name}: expected ${entry.expected}${why}; given: ${shown}`;
}
