import type { Auth } from '#client/auth.js';
import type { ChatOptions } from './command-line.js';
import { printable } from './printable.js';
import type { Screen } from './screen.js';

/** Signs in as an earlier run did, or by phone and code. A development server tells the code itself. */
export async function signIn(auth: Auth, options: ChatOptions, screen: Screen): Promise<void> {
  if (await auth.restore()) return;
  const { phone, device, name } = options;
  const { dev_code } = await auth.requestCode(phone);
  if (dev_code !== undefined)
    screen.print('This is a development server: it tells the sign-in code itself, no SMS.');
  const code = dev_code ?? (await askForCode(phone, screen));
  const answer = await auth.verify({
    phone,
    code,
    device: { name: device, type: 'desktop' },
    display_name: name ?? phone,
  });
  const who = answer.new_user ? `a new user, ${printable(name ?? phone)}` : 'a device more of your account';
  screen.print(`Signed in: ${who}. This device is called ${device}.`);
}

async function askForCode(phone: string, screen: Screen): Promise<string> {
  screen.print(`A code was sent to ${phone}. Type it here:`);
  const code = await screen.nextLine();
  if (code === null) throw new Error('Not signed in: no code was given.');
  return code.trim();
}
