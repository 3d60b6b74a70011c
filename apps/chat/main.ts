/** `npm run chat`: a terminal client. Exit codes: 0 ended as told, 1 failed or not everything was sent, 2 a wrong option. */
import { OdnixError } from '#client/odnix-error.js';
import { StoreInUseError } from '#client/store-in-use-error.js';
import { directoryOf, parseArguments, usage_exit_code, type ChatOptions } from './command-line.js';
import { printable } from './printable.js';
import { runChat } from './run.js';
import { untrustedLine } from './untrusted-line.js';
import { runScript } from './script/run-script.js';
import { ScriptMistakes } from './script/parse-script.js';

const options = parseArguments(process.argv);
try {
  const { script, phone } = options;
  process.exitCode =
    script === undefined ? await runChat({ ...options, phone: phone! }) : await runScript(options, script);
} catch (error) {
  console.error(explain(error, options));
  process.exitCode = error instanceof ScriptMistakes ? usage_exit_code : 1;
}
// Standard input that is still open must not keep an ended client.
process.exit();

function explain(error: unknown, chat: ChatOptions): string {
  if (error instanceof StoreInUseError)
    return `Another terminal runs as this device (${chat.device}): end it, or take another --device.`;
  if (error instanceof ScriptMistakes) return `${chat.script}:\n${error.message}`;
  if (!(error instanceof OdnixError))
    return printable(error instanceof Error ? error.message : String(error));
  if (error.code === 'NOT_CONNECTED' || error.code === 'TIMED_OUT')
    return (
      untrustedLine(error, chat.url) ??
      `No Odnix server answers at ${chat.url}. Start it in another terminal: npm start (or name another: --url)`
    );
  if (['SIGNED_OUT', 'UNAUTHENTICATED', 'DEVICE_REVOKED'].includes(error.code)) {
    const directory = chat.phone === undefined ? chat.data : directoryOf(chat, chat.phone);
    return `This device was signed out. To sign in anew, remove ${directory} (unsent messages go with it).`;
  }
  return printable(`${error.message} (${error.code})`);
}
