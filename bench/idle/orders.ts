/** What the bench of idle connections and the processes that hold them say to one another. */

export interface Held {
  readonly to: 'odnix' | 'relay';
  readonly sockets: readonly { readonly url: string; readonly token: string }[];
}

export type IdleOrder = Held | { readonly again: true } | { readonly leave: true };

export interface Opened {
  /** Encoded; from dialling until the session was there. */
  readonly opening: string;
}
