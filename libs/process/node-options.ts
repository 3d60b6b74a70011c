/**
 * What processes are started with, beside their program. V8 reads it only at its own start, so it stands wherever they are started:
 * here, in package.json and in deploy/compose.
 *
 * The gateway: a young generation of at most 16 MB in place of some 100. Replaying a log makes garbage faster than anything else
 * here does, and V8 takes all of that before it looks whether it could do with less (docs/catch-up.md). And an old one that is
 * collected when it has grown by 60 %: what thousands hold who come at once is mostly for long, and V8 lets it grow to several
 * times that before it looks for what was not; 26 KB a connection in place of 37, for a tenth more CPU of the gateway's a message.
 *
 * All apps in one process: the other way round, because what one message leaves behind dies young only if the young generation is
 * old enough when it is collected: some 410 µs of CPU a message in place of 460.
 */
const options: Readonly<Record<string, readonly string[]>> = {
  gateway: ['--max-semi-space-size=8', '--heap-growing-percent=60'],
  odnix: ['--max-semi-space-size=64'],
};

/** By the folder's name in `apps`. */
export const nodeOptionsOf = (app: string): readonly string[] => options[app] ?? [];
