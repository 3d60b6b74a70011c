/**
 * Jaeger v2 from its Go module, as its own go.mod and go.sum say. `go install` refuses a module with a `replace` in its
 * go.mod, so it is built where the module lies. The module comes without the compiled pages of Jaeger's UI: this one answers
 * the API, and shows a placeholder.
 */
import { spawnSync, type StdioOptions } from 'node:child_process';
import { join } from 'node:path';
import { jaeger_version } from './programs.js';

const module = `github.com/jaegertracing/jaeger@v${jaeger_version}`;

export function buildJaeger(directory: string): void {
  console.log('jaeger: building it takes minutes, and two gigabytes in the caches of Go');
  const { Dir } = JSON.parse(go(['mod', 'download', '-json', module], directory)) as { Dir: string };
  const link = `-s -w -X github.com/jaegertracing/jaeger/internal/version.latestVersion=v${jaeger_version}`;
  const build = ['build', '-trimpath', '-ldflags', link, '-o', join(directory, 'jaeger'), './cmd/jaeger'];
  go(build, Dir, ['ignore', 'pipe', 'inherit']);
}

/** What it writes to standard output. */
function go(args: string[], cwd: string, stdio: StdioOptions = ['ignore', 'pipe', 'pipe']): string {
  const { error, status, stdout, stderr } = spawnSync('go', args, {
    cwd,
    stdio,
    encoding: 'utf8',
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' },
  });
  if (error) throw new Error(`Jaeger is built with Go 1.25 or newer, which is not on the PATH.`);
  if (status !== 0) throw new Error(`go ${args[0]} failed:\n${stdout ?? ''}${stderr ?? ''}`);
  return stdout;
}
