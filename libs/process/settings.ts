/**
 * Settings come from the environment, once, at boot. A process picks the ones it uses from the table; what is wrong is refused
 * with an error that names the setting, what was given (never a secret) and what is expected.
 */
import { entryOf, settingsTable, type SettingName, type Settings } from './settings-table.js';

/** What one process uses. */
export interface SettingsPick<Needed extends SettingName, Optional extends SettingName = never> {
  readonly needed: readonly Needed[];
  /** What it does without them, by name. */
  readonly optional?: Readonly<Record<Optional, string>>;
}

/** Whichever settings. */
export interface AnyPick {
  readonly needed: readonly SettingName[];
  readonly optional?: Readonly<Partial<Record<SettingName, string>>>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Throws SettingsError with one line for each setting that is wrong. An empty value counts as absent. */
export function readSettings<Needed extends SettingName, Optional extends SettingName = never>(
  pick: SettingsPick<Needed, Optional>,
  env: Environment,
): Settings<Needed> & Partial<Settings<Optional>> {
  const values: Partial<Record<SettingName, unknown>> = {};
  const wrong: string[] = [];
  for (const name of picked(pick)) {
    const given = env[entryOf(name).variable] || undefined;
    const text = given ?? entryOf(name).fallback;
    if (text === undefined && maybeAbsent(pick, name, env)) continue;
    const value = text === undefined ? undefined : entryOf(name).parse(text);
    if (value === undefined) wrong.push(complaint(name, given, isOptional(pick, name)));
    else values[name] = value;
  }
  if (wrong.length > 0) throw new SettingsError(wrong.join('\n'));
  return values as Settings<Needed> & Partial<Settings<Optional>>;
}

/** One line for what it does, one for what it may be, one for what it is when it is not given. */
export function settingsHelp(pick: AnyPick): string {
  const rows = picked(pick).flatMap((name) => {
    const { variable, does, expected, fallback } = entryOf(name);
    const absent = fallback ?? pick.optional?.[name];
    return [
      `  ${variable.padEnd(20)}${does}`,
      `  ${' '.repeat(20)}${expected}`,
      `  ${' '.repeat(20)}${absent === undefined ? 'required' : `default: ${absent}`}`,
    ];
  });
  return `Settings (environment variables):\n${rows.join('\n')}\n`;
}

/** In the table's order. */
function picked(pick: AnyPick): SettingName[] {
  const names = Object.keys(settingsTable) as SettingName[];
  return names.filter((name) => pick.needed.includes(name) || isOptional(pick, name));
}

function isOptional({ optional }: AnyPick, name: SettingName): boolean {
  return optional !== undefined && Object.hasOwn(optional, name);
}

function maybeAbsent(pick: AnyPick, name: SettingName, env: Environment): boolean {
  const isRequired = entryOf(name).requiredInProduction === true && env['NODE_ENV'] === 'production';
  return isOptional(pick, name) && !isRequired;
}

function complaint(name: SettingName, given: string | undefined, isOptional: boolean): string {
  const { variable, expected, hidden } = entryOf(name);
  const shown =
    given === undefined
      ? 'nothing'
      : hidden
        ? `${given.length} characters, not shown`
        : JSON.stringify(given);
  const why = given === undefined && isOptional ? ' (required when NODE_ENV=production)' : '';
  return `${variable}: expected ${expected}${why}; given: ${shown}`;
}
