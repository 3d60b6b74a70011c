export interface OriginSettings {
  /** As `https://chat.example`. */
  readonly origins: readonly string[];
  readonly nodeEnv: string;
}

const loopback = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/**
 * Which web pages may talk to Odnix, by the origin that their browser names: the listed ones, those that this server's own
 * address served, and in development those of the machine it runs on. Programs that are no browser name none, and are
 * not concerned: what keeps strangers out is the access token, which no browser sends by itself.
 */
export class AllowedOrigins {
  readonly #listed: ReadonlySet<string>;
  readonly #isDevelopment: boolean;

  constructor({ origins, nodeEnv }: OriginSettings) {
    this.#listed = new Set(origins);
    this.#isDevelopment = nodeEnv === 'development';
  }

  /** For answers to other origins' pages; a page of this server's own needs no permission. */
  allows(origin: string | undefined): boolean {
    if (origin === undefined) return true;
    return this.#listed.has(origin) || (this.#isDevelopment && loopback.test(origin));
  }

  /** For WebSockets, on which browsers leave it to the server to refuse. `host` is what the request was sent to. */
  allowsSocket(origin: string | undefined, host: string | undefined): boolean {
    return this.allows(origin) || hostOf(origin) === host;
  }
}

function hostOf(origin: string | undefined): string | null {
  return origin !== undefined && URL.canParse(origin) ? new URL(origin).host : null;
}
