import type { ShownMessage } from '#client/shown-message.js';
import { tickMark } from './message-rows.js';
import type { Terminal } from './terminal.js';

/** A message that waits this long to be sent is shown waiting. */
const patience_ms = 500;

/** What the user did on this device, before the log brings it. */
export class OwnActs {
  constructor(private readonly terminal: Terminal) {}

  /** Shows what was just written and waits to be sent: at once without a connection, else when it waits for long. */
  written(clientMsgId: string): void {
    const show = (): void => this.terminal.enqueue(() => this.#showEarly(clientMsgId));
    if (this.#isOpen) setTimeout(show, patience_ms).unref();
    else show();
  }

  /** Everything in the open chat that waits to be sent and was not shown yet. */
  showWaiting(): void {
    this.terminal.enqueue(() => this.#showEarly());
  }

  /** Shows what the user just did to messages, which the log has not brought yet. `words`: as `edited #3: hello`. */
  changed(messages: readonly ShownMessage[], words: string): void {
    this.terminal.enqueue(async () => {
      const { openChat, client, screen } = this.terminal;
      if (!openChat) return;
      let isInSight = true;
      for (const message of messages) {
        const { client_msg_id } = message;
        const now = client.messages(openChat.chatId).find((one) => one.client_msg_id === client_msg_id);
        if (!(await openChat.repaint(now ?? givenUp(message)))) isInSight = false;
      }
      if (!isInSight && !this.#isOpen) screen.print([`· you ${words}  ${tickMark('pending', screen.look)}`]);
    });
  }

  get #isOpen(): boolean {
    return this.terminal.client.connection.status === 'open';
  }

  /** What waits to be sent in the open chat and was not printed yet; or one message of it. */
  async #showEarly(clientMsgId?: string): Promise<void> {
    const { client, openChat } = this.terminal;
    if (!openChat) return;
    const early = client
      .messages(openChat.chatId)
      .filter(({ client_msg_id, tick }) =>
        clientMsgId === undefined ? tick === 'pending' : client_msg_id === clientMsgId,
      );
    await openChat.print(early.filter((message) => !openChat.isPrinted(message)));
  }
}

/** It was never sent, and is not kept any more. */
function givenUp({ content: _content, ...message }: ShownMessage): ShownMessage {
  return { ...message, is_deleted: true, tick: null };
}
