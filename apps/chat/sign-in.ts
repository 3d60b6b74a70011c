import { setTimeout as pause } from 'node:timers/promises';
import type { Auth } from '#client/auth.js';
import { OdnixError } from '#client/odnix-error.js';
import { printable } from './printable.js';

const patience_ms_max = 30_000;
const again_ms = 1_000;

/** What signing in needs of a screen. */
export interface SignInScreen {
  print(rows: readonly string[]): void;
  /** Null when there is no more input. */
  nextLine(): Promise<string | null>;
}

export interface Identity {
  readonly phone: string;
  readonly name?: string;
  readonly device: string;
}

/** Signs in as an earlier run did, or by phone and code. A development server tells the code itself. */
export async function signIn(
  auth: Auth,
  { phone, device, name }: Identity,
  screen: SignInScreen,
): Promise<void> {
  if (await auth.restore()) return;
  const { dev_code } = await patiently(() => auth.requestCode(phone));
  if (dev_code !== undefined)
    screen.print(['This is a development server: it tells the sign-in code itself, no SMS.']);
  const code = dev_code ?? (await askForCode(phone, screen));
  const asked = { phone, code, display_name: name ?? phone };
  const answer = await patiently(() => auth.verify({ ...asked, device: { name: device, type: 'desktop' } }));
  const who = answer.new_user ? `a new user, ${printable(name ?? phone)}` : 'a device more of your account';
  screen.print([`Signed in: ${who}. This device is called ${device}.`]);
}

/** A part of the server may just be starting, or be taken over: the code stays good meanwhile. */
async function patiently<T>(act: () => Promise<T>): Promise<T> {
  const deadlineMs = performance.now() + patience_ms_max;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      const isPassing = error instanceof OdnixError && error.code === 'UNAVAILABLE';
      if (!isPassing || performance.now() > deadlineMs) throw error;
      await pause(error.retryAfterMs ?? again_ms);
    }
  }
}

async function askForCode(phone: string, screen: SignInScreen): Promise<string> {
  screen.print([`A code was sent to ${phone}. Type it here:`]);
  const code = await screen.nextLine();
  if (code === null) throw new Error('Not signed in: no code was given.');
  return code.trim();
}
