/**
 * The table of permissions as nats-server's configuration, which every server of a cluster includes.
 *
 * Each app has an account of its own, and the streams are in one more (STORE), where only the admin is. What an app may ask of
 * another, or hear, is imported one by one. Permissions of users in a common account would not do: whoever asks JetStream
 * chooses the subject of its answer, the server sends it there by its own authority, and the empty answer "not found" to
 * `$JS.API.STREAM.DELETE.…` deletes a stream. Answers to another account go nowhere but back.
 *
 * Within its account an app's user may use the same subjects and no other: so that one gateway cannot announce to another.
 */
import { apps, permissions, type App, type Owner, type Right } from './permissions.js';
import { families } from './subjects.js';

/** A text as it is (bcrypt, as nats-server reads it, too), or the name of a variable in the server's environment. */
export type NatsPassword = string | { readonly variable: string };

export interface NatsAuthorizationOptions {
  /** As in the topology. */
  readonly streamsPerFamily: number;
}

/** How long an answer may be on its way, the longest request being a command's. */
const answer_s = 30;
/** Of many messages: how long it may pause. A pull request is kept alive by a heartbeat every second. */
const pause_s = 10;
const api_prefix = '$JS.API.';
/**
 * What is asked of JetStream is asked of STORE under this name: each account has a `$JS.API` of its own, without streams. The
 * servers rename it on its way, before they look what is permitted, so that apps need not know.
 */
const store_prefix = 'store.';

/** One user an app, of the same name, and `admin`. Users are in accounts of their own: `accounts { … }`. */
export function natsAuthorization(
  passwords: Readonly<Record<App | 'admin', NatsPassword>>,
  options: NatsAuthorizationOptions,
): string {
  const tables = new Map(apps.map((app) => [app, expanded(permissions[app], options)]));
  const store = [
    '  STORE {',
    '    jetstream: enabled',
    `    users: [{ user: admin, password: ${passwordText(passwords.admin)} }]`,
    ...list('exports', exportsOf('store', tables)),
    '  }',
  ];
  const others = apps.flatMap((app) => [
    `  ${accountOf(app)} {`,
    `    mappings: { ${quoted(`${api_prefix}>`)}: ${quoted(`${store_prefix}>`)} }`,
    `    users: [${userOf(app, tables.get(app)!, passwords[app])}]`,
    ...list('exports', exportsOf(app, tables)),
    ...list('imports', importsOf(app, tables.get(app)!)),
    '  }',
  ]);
  return ['accounts {', ...store, ...others, '}', ''].join('\n');
}

/** With each stream by its name. */
export function expanded(
  rights: readonly Right[],
  { streamsPerFamily }: NatsAuthorizationOptions,
): readonly Right[] {
  return rights.flatMap((right) => {
    const family = families.find((one) => right.subject.includes(`<${one}>`));
    if (family === undefined) return [right];
    return Array.from({ length: streamsPerFamily }, (_, index) => ({
      ...right,
      subject: right.subject.replace(`<${family}>`, `${family}_${index}`),
    }));
  });
}

const accountOf = (owner: Owner): string => owner.toUpperCase().replaceAll('-', '_');

type Tables = ReadonlyMap<App, readonly Right[]>;

function exportsOf(owner: Owner, tables: Tables): string[] {
  const wanted = new Map<string, { readonly right: Right; readonly accounts: Set<string> }>();
  for (const [app, rights] of tables) {
    for (const right of rights) {
      if (right.owner !== owner || app === owner) continue;
      const known = wanted.get(right.subject) ?? { right, accounts: new Set() };
      known.accounts.add(accountOf(app));
      wanted.set(right.subject, known);
    }
  }
  return [...wanted.values()].map(({ right, accounts }) => exported(right, [...accounts]));
}

function exported({ may, subject, answers }: Right, accounts: readonly string[]): string {
  const to = `accounts: [${accounts.join(', ')}]`;
  if (may === 'hear') return `{ stream: ${quoted(subject)}, ${to} }`;
  const answer =
    answers === 'many'
      ? `response_type: Stream, threshold: "${pause_s}s"`
      : `response_type: Singleton, threshold: "${answer_s}s"`;
  return `{ service: ${quoted(subject)}, ${answer}, ${to} }`;
}

const importsOf = (app: App, rights: readonly Right[]): string[] =>
  rights.filter(({ owner }) => owner !== app).map(imported);

function imported({ may, subject, owner }: Right): string {
  const from = `account: ${accountOf(owner)}, subject: ${quoted(subject)}`;
  if (may === 'hear') return `{ stream: { ${from} } }`;
  if (!subject.startsWith(api_prefix)) return `{ service: { ${from} } }`;
  let wildcards = 0;
  const local = renamed(subject).replaceAll('*', () => `$${(wildcards += 1)}`);
  return `{ service: { ${from} }, to: ${quoted(local)} }`;
}

const renamed = (subject: string): string =>
  subject.startsWith(api_prefix) ? store_prefix + subject.slice(api_prefix.length) : subject;

function userOf(app: App, rights: readonly Right[], password: NatsPassword): string {
  const subjects = (...kinds: Right['may'][]): string[] =>
    rights.filter(({ may }) => kinds.includes(may)).map(({ subject }) => quoted(renamed(subject)));
  const publish = subjects('ask', 'tell');
  const subscribe = [...subjects('serve', 'hear'), quoted('_INBOX.>')];
  const responses = rights.some(({ may }) => may === 'serve')
    ? `, allow_responses: { max: 1, expires: "${answer_s}s" }`
    : '';
  const allowed = `publish: { allow: [${publish.join(', ')}] }, subscribe: { allow: [${subscribe.join(', ')}] }`;
  return `{ user: ${app}, password: ${passwordText(password)}, permissions: { ${allowed}${responses} } }`;
}

const passwordText = (password: NatsPassword): string =>
  typeof password === 'string' ? quoted(password) : `$${password.variable}`;

const quoted = (text: string): string => JSON.stringify(text);

const list = (name: string, items: readonly string[]): string[] =>
  items.length === 0 ? [] : [`    ${name}: [`, ...items.map((item) => `      ${item}`), '    ]'];
