/** Brings a one-time code to its phone. */
export interface CodeSender {
  /** What may be told to the caller themselves; only a sender for development has anything to tell. */
  send(phone: string, code: string): Promise<{ readonly dev_code?: string }>;
}

/** Answers the code to whoever asks for it: for development alone. */
export class DevelopmentCodeSender implements CodeSender {
  constructor(nodeEnv: string) {
    if (nodeEnv === 'production') {
      throw new Error(
        'The development sender gives codes to anybody: it does not start with NODE_ENV=production.',
      );
    }
  }

  send(_phone: string, code: string): Promise<{ readonly dev_code: string }> {
    return Promise.resolve({ dev_code: code });
  }
}
