/** What the page of the client's specs offers to them. Values cross as JSON. */
export interface ClientPage {
  /** Opens the device's store, signs in unless it is, and starts the client. Resolves to its user, or an error's name. */
  start(server: string, phone: string, waitMs?: number): Promise<string>;
  /** Resolves when it has caught up for the first time. */
  connect(): Promise<void>;
  status(): Promise<string>;
  createDirect(userId: string): Promise<string>;
  /** Resolves when the message is stored here. */
  send(chatId: string, text: string): Promise<void>;
  /** As `text tick`, in the order shown. */
  messages(chatId: string): Promise<string[]>;
  outboxSize(): Promise<number>;
  pts(): Promise<number>;
  /** Ends this device, here and on the server. Resolves to the names of the databases left. */
  signOut(): Promise<string[]>;
}
