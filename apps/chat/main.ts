/** `npm run chat`: a terminal client. Exit codes: 0 ended as told, 1 failed or not everything was sent, 2 a wrong option. */
import { OdnixError } from '#client/odnix-error.js';
import { StoreInUseError } from '#client/store-in-use-error.js';
import { parseArguments, type ChatOptions } from './command-line.js';
import { printable } from './printable.js';
import { runChat } from './run.js';

const options = parseArguments(process.argv);
try {
  process.exitCode = await runChat(options);
} catch (error) {
  console.error(explain(error, options));
  process.exitCode = 1;
}
// Standard input that is still open must not keep an ended client.
process.exit();

function explain(error: unknown, { url, data, device }: ChatOptions): string {
  if (error instanceof StoreInUseError) {
    return `Another terminal runs as this device (${device}): end it, or take another --device.`;
  }
  if (!(error instanceof OdnixError))
    return printable(error instanceof Error ? error.message : String(error));
  if (error.code === 'NOT_CONNECTED' || error.code === 'TIMED_OUT') {
    return `No Odnix server answers at ${url}. Start it in another terminal: npm start`;
  }
  if (error.code === 'SIGNED_OUT' || error.code === 'UNAUTHENTICATED' || error.code === 'DEVICE_REVOKED') {
    return `This device was signed out. To sign in anew, remove ${data} (unsent messages go with it).`;
  }
  return printable(`${error.message} (${error.code})`);
}
