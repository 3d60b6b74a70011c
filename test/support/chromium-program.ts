/**
 * Where the tests' Chromium is: ODNIX_CHROMIUM, else one on the PATH, else the one inside the npm package
 * `@sparticuz/chromium` (Linux x64), unpacked once into node_modules/.cache with the libraries and fonts that it needs, so
 * that no system package is missing. Where there is none the browser specs fail: they are never skipped.
 */
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

export interface ChromiumProgram {
  readonly path: string;
  /** To be set beside the environment that there is. */
  readonly env: Readonly<Record<string, string>>;
}

const root = resolve(import.meta.dirname, '../..');
const names = ['chromium', 'chromium-browser', 'google-chrome'];
const fontsConfiguration = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir><dir>/usr/share/fonts</dir></fontconfig>
`;

export function chromiumProgram(): ChromiumProgram {
  const given = process.env['ODNIX_CHROMIUM'];
  if (given !== undefined && given !== '') return { path: given, env: {} };
  const directories = (process.env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '');
  const candidates = directories.flatMap((directory) => names.map((name) => join(directory, name)));
  const onPath = candidates.find(isExecutable);
  if (onPath !== undefined) return { path: onPath, env: {} };
  if (process.platform === 'linux' && process.arch === 'x64') return fromPackage();
  throw new Error(
    `No Chromium: the one of npm runs on Linux x64 alone. Put one of ${names.join(', ')} on the PATH, or its path into ODNIX_CHROMIUM.`,
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function fromPackage(): ChromiumProgram {
  const manifest = join(root, 'node_modules/@sparticuz/chromium/package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const cache = join(root, 'node_modules/.cache');
  const directory = join(cache, `chromium-${version}`);
  if (!existsSync(directory)) unpack(cache, directory);
  return {
    path: join(directory, 'chromium'),
    env: { LD_LIBRARY_PATH: join(directory, 'al2023/lib'), FONTCONFIG_FILE: join(directory, 'fonts.conf') },
  };
}

/** Whole or not at all: beside its place first, since another process may be looking for it, or making it too. */
function unpack(cache: string, directory: string): void {
  mkdirSync(cache, { recursive: true });
  const making = mkdtempSync(join(cache, 'chromium-'));
  // The package unpacks into TMPDIR, and its libraries only where it believes to be on Amazon Linux.
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', "await (await import('@sparticuz/chromium')).default.executablePath()"],
    {
      cwd: root,
      env: { ...process.env, TMPDIR: making, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' },
      encoding: 'utf8',
    },
  );
  if (status !== 0) throw new Error(`The Chromium of npm could not be unpacked:\n${stderr}`);
  writeFileSync(join(making, 'fonts.conf'), fontsConfiguration);
  // For other users of the same clone.
  for (const path of [making, join(making, 'chromium')]) chmodSync(path, 0o755);
  try {
    renameSync(making, directory);
  } catch (error) {
    rmSync(making, { recursive: true });
    if (!existsSync(directory)) throw error;
  }
}
