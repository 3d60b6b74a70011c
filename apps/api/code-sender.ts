export interface CodeToSend {
  readonly phone: string;
  readonly code: string;
  readonly expires_in_s: number;
}

/** Brings a one-time code to its phone. */
export interface CodeSender {
  /**
   * Resolves once it was taken for delivery, with what may be told to the caller themselves: only a sender for development has
   * anything to tell. Throws a Refusal CODE_NOT_SENT when it was not.
   */
  send(what: CodeToSend): Promise<{ readonly dev_code?: string }>;
}

/** Answers the code to whoever asks for it: for development alone. */
export class DevelopmentCodeSender implements CodeSender {
  constructor(nodeEnv: string) {
    if (nodeEnv === 'production') {
      throw new Error(
        'The development sender gives codes to anybody: it does not start with NODE_ENV=production (CODE_SENDER chooses another).',
      );
    }
  }

  send({ code }: CodeToSend): Promise<{ readonly dev_code: string }> {
    return Promise.resolve({ dev_code: code });
  }
}
