import type { ShownMessage } from '#client/shown-message.js';
import type { CallView } from '#domain/chat/call.js';
import type { UserView } from '#protocol/methods/users.js';
import type { Notifications } from '#protocol/notifications.js';
import type {
  ChatChangedUpdate,
  ChatMembersUpdate,
  ChatView,
  CursorUpdate,
  DeviceRemovedUpdate,
  MessageUpdate,
  Update,
} from '#domain/user-log/update.js';
import type { Absence } from './absence.js';
import { callLine } from './call-line.js';
import { actorOf, changeLine, type Change } from './change-line.js';
import { isMuted } from './chat-rows.js';
import { refusedLine } from './refused-line.js';
import { shortName, summary, tickMark, words } from './message-rows.js';
import { lastSeen } from './moments.js';
import { printable } from './printable.js';
import type { Terminal } from './terminal.js';
import { truncated } from './text-width.js';

/** Of the messages that a tick is for, so many are shown anew: the latest. */
const repainted_messages_max = 20;
const note_columns_max = 100;
/** What others do, and what the log brings: messages, changes, ticks. Shown as it happens. */
export class Happenings {
  constructor(
    private readonly terminal: Terminal,
    private readonly absence: Absence,
  ) {}

  /** From now on; what came before was told otherwise. */
  follow(): void {
    const { client } = this.terminal;
    this.absence.follow();
    client.on('update', ({ update }) => this.terminal.enqueue(() => this.#update(update)));
    client.on('refused', ({ item, error }) => this.terminal.say(refusedLine(item, error)));
    client.on('typing', (act) => this.terminal.enqueue(() => this.#typed(act)));
    client.on('presence', (presence) => this.terminal.enqueue(() => this.#presence(presence)));
    client.on('user', ({ user }) => this.terminal.enqueue(() => this.#renamed(user)));
    client.on('diverged', () =>
      this.terminal.say('· This device and the server disagreed; taking everything anew.'),
    );
    client.on('replaced', () => this.terminal.say('· Everything was taken anew from the server.'));
    client.on('problem', ({ error }) =>
      this.terminal.say(`· A problem, going on: ${printable(String(error))}`),
    );
  }

  async #typed(act: Notifications['typing']): Promise<void> {
    const { names, openChat, typing, client } = this.terminal;
    if (act.chat_id !== openChat?.chatId || act.user_id === client.userId) return;
    typing.tell(act, shortName(await names.ofUser(act.user_id)));
  }

  /** The other one of the open chat of two; the log does not tell of it. */
  async #renamed({ user_id, display_name }: UserView): Promise<void> {
    const { names, openChat, client, screen } = this.terminal;
    const chat = openChat ? client.chat(openChat.chatId) : undefined;
    if (chat?.kind !== 'direct' || (await names.peerOf(chat)) !== user_id) return;
    screen.print([`· They are ${printable(display_name)} now.`]);
  }

  /** Of the other one in an open chat of two. */
  async #presence({ user_id, status, last_seen_ms }: Notifications['presence']): Promise<void> {
    const { names, openChat, client, screen } = this.terminal;
    const chat = openChat ? client.chat(openChat.chatId) : undefined;
    if (chat?.kind !== 'direct' || (await names.peerOf(chat)) !== user_id) return;
    const name = shortName(await names.ofUser(user_id));
    if (last_seen_ms === undefined) screen.print([`· ${name} is ${printable(status)}.`]);
    else screen.print([`· ${name} was last seen ${lastSeen(last_seen_ms)}.`]);
  }

  async #update(update: Update): Promise<void> {
    const { screen, openChat } = this.terminal;
    switch (update.type) {
      case 'message.new':
        return this.#newMessage(update);
      case 'message.edited':
      case 'message.deleted':
      case 'message.reaction':
        return update.chat_id === openChat?.chatId ? this.#change(update) : undefined;
      case 'delivered.outbox':
      case 'read.outbox':
        return update.chat_id === openChat?.chatId ? this.#ticks(update) : undefined;
      default:
        return this.#elsewhere(update).then((line) => (line === null ? undefined : screen.print([line])));
    }
  }

  async #newMessage({ chat_id, seq, message }: MessageUpdate): Promise<void> {
    const { client, openChat } = this.terminal;
    const isOwn = message.sender_id === client.userId;
    const shown = this.#stored(chat_id, seq);
    if (!shown) return;
    if (chat_id === openChat?.chatId) this.terminal.typing.stopped(message.sender_id);
    if (this.absence.takes(shown, seq)) return;
    if (chat_id !== openChat?.chatId) return isOwn ? undefined : this.#noteOfOtherChat(shown);
    await openChat.bring(shown);
    await client.markRead(chat_id, seq);
  }

  async #noteOfOtherChat(message: ShownMessage): Promise<void> {
    const { client, names, screen } = this.terminal;
    const chat = client.chat(message.chat_id);
    if (!chat || (isMuted(chat.muted_until_ms, Date.now()) && !message.mentions_me)) return;
    const isPlain = chat.kind === 'direct' && message.content?.type !== 'service';
    const said = isPlain ? words(message) : summary(await names.named(message));
    const columns = Math.min(note_columns_max, screen.look.columns);
    screen.print([
      truncated(
        `· In ${shortName(await names.ofChat(chat))}${message.mentions_me ? ', to you' : ''}: ${said}`,
        columns,
      ),
    ]);
  }

  /** Changed in place where it is in sight; told as well, unless the user sees it happen. */
  async #change(change: Change): Promise<void> {
    const { client, names, screen, openChat } = this.terminal;
    const message = this.#stored(change.chat_id, change.seq);
    const isInSight = message !== undefined && (await openChat?.repaint(message)) === true;
    const actor = actorOf(change);
    if (isInSight && actor === client.userId) return;
    screen.print([changeLine(change, shortName(await names.ofUser(actor)), message)]);
  }

  async #ticks({ type, chat_id, seq }: CursorUpdate): Promise<void> {
    const { client, screen, openChat } = this.terminal;
    const own = client.messages(chat_id).filter((message) => message.tick !== null && message.seq !== null);
    const marked = own.filter((message) => message.seq! <= seq);
    const last = marked.at(-1);
    // Reading may be told before delivery, which then says nothing new.
    if (!openChat || !last || (type === 'delivered.outbox' && last.tick === 'read')) return;
    let isInSight = false;
    for (const message of marked.slice(-repainted_messages_max)) isInSight = await openChat.repaint(message);
    if (isInSight) return;
    const mark = tickMark(type === 'read.outbox' ? 'read' : 'delivered', screen.look);
    const word = type === 'read.outbox' ? (screen.look.colours.isOn ? ' read' : '') : ' delivered';
    screen.print([`· ${mark}${word} up to #${last.seq}`]);
  }

  async #elsewhere(update: Update): Promise<string | null> {
    const { names, openChat } = this.terminal;
    switch (update.type) {
      case 'chat.new':
        if (this.terminal.isBeginning) return null;
        return `· New chat: ${shortName(await names.ofChatId(update.chat_id))} (/chats)`;
      case 'chat.removed':
        if (update.chat_id === openChat?.chatId) this.terminal.leaveOpenChat();
        return `· You are no longer in ${shortName(await names.ofChatId(update.chat_id))}.`;
      case 'device.added':
        return `· A device of yours signed in: ${printable(update.device.name)}`;
      case 'device.removed':
        return removedLine(update.reason);
      case 'chat.settings':
        return `· ${shortName(await names.ofChatId(update.chat_id))}: ${settingWords(update)}`;
      case 'messages.hidden': {
        const hidden = update.seqs.map((seq) => `#${seq}`).join(', ');
        return `· ${shortName(await names.ofChatId(update.chat_id))}: you hid ${hidden}.`;
      }
      case 'call':
        return this.#call(update.call);
      case 'chat.members':
        return this.#bans(update);
      case 'chat.changed':
        return this.#rules(update);
      case 'user.blocked':
        return `· You have blocked ${shortName(await names.ofUser(update.user_id))}.`;
      case 'user.unblocked':
        return `· You have unblocked ${shortName(await names.ofUser(update.user_id))}.`;
      case 'user.changed': {
        const about = update.about === null ? '' : `, ${printable(update.about)}`;
        return `· You are ${printable(update.display_name)}${about}.`;
      }
      case 'privacy.changed':
        return `· When you were last here is seen by ${update.last_seen}.`;
      case 'contact.changed': {
        const own = printable(this.terminal.client.user(update.user_id)?.display_name ?? 'Somebody');
        if (update.nickname === null) return `· ${own} is no contact of yours any more.`;
        return `· ${own} is a contact of yours: ${shortName(await names.ofUser(update.user_id))}.`;
      }
      default:
        return null;
    }
  }

  /** What rang while this device was away is told by how it ended. */
  async #call(call: CallView): Promise<string | null> {
    const { client, names } = this.terminal;
    const isPast =
      call.state === 'requested' && !client.calls().some(({ call_id }) => call_id === call.call_id);
    if (isPast) return null;
    const peer = call.caller_id === client.userId ? call.callee_id : call.caller_id;
    return callLine(call, client, shortName(await names.ofUser(peer)));
  }

  async #bans({ chat_id, banned = [], unbanned = [] }: ChatMembersUpdate): Promise<string | null> {
    const { names } = this.terminal;
    const [userId] = [...banned, ...unbanned];
    if (userId === undefined) return null;
    const who = shortName(await names.ofUser(userId));
    const kept = banned.length > 0 ? 'is banned from' : 'may be added again to';
    return `· ${who} ${kept} ${shortName(await names.ofChatId(chat_id))}.`;
  }

  /** A title and a photo are told in the chat itself. */
  async #rules({ chat_id, ...changed }: ChatChangedUpdate): Promise<string | null> {
    const words = changeWords(changed);
    return words === '' ? null : `· ${shortName(await this.terminal.names.ofChatId(chat_id))}: ${words}`;
  }

  #stored(chatId: string, seq: number): ShownMessage | undefined {
    return this.terminal.client.messages(chatId).find((message) => message.seq === seq);
  }
}

function removedLine(reason: DeviceRemovedUpdate['reason']): string {
  if (reason === 'idle') return '· A device of yours was signed out: it was not used for a month.';
  if (reason === 'replaced')
    return '· You have signed in on as many devices as you may: the one not used for the longest time was signed out.';
  if (reason !== 'refresh_token_reused') return '· A device of yours was signed out.';
  return '· Somebody else used a copy of what a device of yours was signed in with. It was signed out; look at /devices.';
}

function changeWords({
  description,
  permissions,
  history,
}: Pick<ChatChangedUpdate, 'description' | 'permissions' | 'history'>): string {
  const { send, add_members, change_info } = permissions ?? {};
  const words = [
    description === undefined
      ? ''
      : description === null
        ? 'about nothing'
        : `about “${printable(description)}”`,
    permissions === undefined
      ? ''
      : `from ${send} up may write, from ${add_members} up add people, from ${change_info} up change the group`,
    history === undefined
      ? ''
      : history === 'all'
        ? 'who joins sees everything'
        : 'who joins sees what follows',
  ];
  return words.filter((word) => word !== '').join('; ');
}

function settingWords({
  muted_until_ms,
  archived,
  pinned,
}: Pick<ChatView, 'muted_until_ms' | 'archived' | 'pinned'>) {
  const words = [muted_until_ms === null ? '' : 'muted', archived ? 'archived' : '', pinned ? 'pinned' : ''];
  return words.filter((word) => word !== '').join(', ') || 'as every chat';
}
