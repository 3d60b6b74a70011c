/** A device, signed in once and for all; what it knows stands in a file. `node sign-in.ts +15550101 Ann` */
import { createInterface } from 'node:readline/promises';
import {
  Auth,
  FileStore,
  nodeEnvironment as environment,
  OdnixClient,
  StoredCredentials,
} from '@odnix/client/node';

const url = process.env['ODNIX_URL'] ?? 'http://127.0.0.1:3000';

export async function startDevice(phone = '+15550101', display_name = phone): Promise<OdnixClient> {
  const store = new FileStore(`device${phone}.db`);
  const auth = new Auth(url, new StoredCredentials(store), environment);
  if ((await auth.restore()) === null) {
    const { dev_code } = await auth.requestCode(phone);
    const code = dev_code ?? (await askForCode());
    await auth.verify({ phone, code, device: { name: 'example', type: 'desktop' }, display_name });
  }
  return OdnixClient.start({ url, environment, auth, store, client: { name: 'example', version: '1' } });
}

async function askForCode(): Promise<string> {
  const lines = createInterface(process.stdin, process.stdout);
  const code = await lines.question('The code that was sent to you: ');
  lines.close();
  return code;
}

if (import.meta.main) {
  const client = await startDevice(process.argv[2], process.argv[3]);
  console.log(`user ${client.userId}, device ${client.deviceId}`);
  await client.close();
}
