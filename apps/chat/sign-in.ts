import { setTimeout as pause } from 'node:timers/promises';
import type { Auth, NewDevice } from '#client/auth.js';
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
  /** By a device that is signed in, instead of a code. */
  readonly qr?: boolean;
}

/** Signs in as an earlier run did, or by phone and code. A development server tells the code itself. */
export async function signIn(
  auth: Auth,
  { phone, device, name, qr }: Identity,
  screen: SignInScreen,
): Promise<void> {
  if (await auth.restore()) return;
  if (qr) return signInByQr(auth, { name: device, type: 'desktop' }, screen);
  const { dev_code } = await patiently(() => auth.requestCode(phone));
  if (dev_code !== undefined)
    screen.print(['This is a development server: it tells the sign-in code itself, no SMS.']);
  const code = dev_code ?? (await askForCode(phone, screen));
  const asked = { phone, code, display_name: name ?? phone };
  const answer = await patiently(() => auth.verify({ ...asked, device: { name: device, type: 'desktop' } }));
  const who = answer.new_user ? `a new user, ${printable(name ?? phone)}` : 'a device more of your account';
  screen.print([`Signed in: ${who}. This device is called ${device}.`]);
}

/** Shows a token, and another when that one has expired, until one is accepted. */
async function signInByQr(auth: Auth, device: NewDevice, screen: SignInScreen): Promise<void> {
  for (;;) {
    const { qr_token, poll_after_ms } = await patiently(() => auth.requestQr(device));
    screen.print(['On a device that is signed in, type:', `/accept ${qr_token}`]);
    if (await isAccepted(auth, qr_token, poll_after_ms)) break;
  }
  screen.print([`Signed in. This device is called ${device.name}.`]);
}

/** False: it has expired. */
async function isAccepted(auth: Auth, qrToken: string, pollAfterMs: number): Promise<boolean> {
  try {
    while ((await patiently(() => auth.pollQr(qrToken))) === null) await pause(pollAfterMs);
    return true;
  } catch (error) {
    if (error instanceof OdnixError && error.code === 'QR_INVALID') return false;
    throw error;
  }
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
