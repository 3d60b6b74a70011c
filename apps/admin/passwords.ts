/** The passwords that an operator gives to the apps' users, each by a variable of its own. */
import { databaseApps, passwordVariableOf, type DatabaseApp } from '#db/role-grants.js';
import { apps, type App } from '#streams/permissions.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Those that are given. An empty value counts as absent. */
export function databasePasswords(env: Environment): Partial<Record<DatabaseApp, string>> {
  const given = databaseApps.flatMap((app) => {
    const password = env[passwordVariableOf(app)];
    return password ? [[app, password] as const] : [];
  });
  return Object.fromEntries(given);
}

/** Read by nats-server itself, from its own environment, so that no file need hold them. */
export function natsPasswordVariables(): Record<App | 'admin', { readonly variable: string }> {
  const pairs = ([...apps, 'admin'] as const).map((user) => {
    return [user, { variable: `NATS_PASSWORD_${user.replaceAll('-', '_').toUpperCase()}` }] as const;
  });
  return Object.fromEntries(pairs) as Record<App | 'admin', { readonly variable: string }>;
}
