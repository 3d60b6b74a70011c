import type { Settings } from '#process/settings-table.js';
import { SettingsError } from '#process/settings.js';
import { DevelopmentCodeSender, type CodeSender } from './code-sender.js';
import { TwilioCodeSender } from './twilio-code-sender.js';
import { WebhookCodeSender } from './webhook-code-sender.js';

export const senderSettings = [
  'codeSender',
  'codeWebhookUrl',
  'codeWebhookSecret',
  'twilioAccountSid',
  'twilioAuthToken',
  'twilioFrom',
] as const;
export type SenderSettings = Settings<(typeof senderSettings)[number]>;

/** What an installation is without settings. */
export const developmentSender: SenderSettings = {
  codeSender: 'development',
  codeWebhookUrl: 'none',
  codeWebhookSecret: 'none',
  twilioAccountSid: 'none',
  twilioAuthToken: 'none',
  twilioFrom: 'none',
};

/** The sender that the settings choose; throws SettingsError when it is not told what it needs. */
export async function openSender(settings: SenderSettings, nodeEnv: string): Promise<CodeSender> {
  const { codeWebhookUrl: url, codeWebhookSecret: secret } = settings;
  const { twilioAccountSid: accountSid, twilioAuthToken: authToken, twilioFrom: from } = settings;
  switch (settings.codeSender) {
    case 'development':
      return new DevelopmentCodeSender(nodeEnv);
    case 'webhook':
      need({ CODE_WEBHOOK_URL: url, CODE_WEBHOOK_SECRET: secret }, 'webhook');
      return new WebhookCodeSender({ url, secret });
    case 'twilio':
      need({ TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken, TWILIO_FROM: from }, 'twilio');
      return TwilioCodeSender.open({ accountSid, authToken, from });
  }
}

function need(given: Readonly<Record<string, string>>, sender: string): void {
  const missing = Object.keys(given).filter((variable) => given[variable] === 'none');
  if (missing.length === 0) return;
  throw new SettingsError(`CODE_SENDER=${sender} needs ${missing.join(', ')} as well.`);
}
