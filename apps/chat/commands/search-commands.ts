import { Misuse } from '../misuse.js';
import { hitRows } from '../hit-rows.js';
import { openChatOf, required, type Commands, type Desk } from './command.js';

const shown_hits = 10;

/** Finding messages, and going to them. */
export const searchCommands: Commands = {
  '/search': {
    usage: '/search WORDS',
    does: 'find messages, in all chats; "so" the words stand together',
    run: search,
  },
  '/jump': { usage: '/jump N|#SEQ', does: 'go to hit N, or to message SEQ of the open chat', run: jump },
};

async function search({ terminal }: Desk, rest: string): Promise<void> {
  const query = required(rest, 'a word');
  terminal.needServer();
  const { hits, next_cursor } = await terminal.client.search(query, { limit: shown_hits });
  terminal.found = hits;
  terminal.enqueue(async () => {
    if (hits.length === 0) return terminal.screen.print(['Nothing was found.']);
    const named = await Promise.all(hits.map((hit) => terminal.names.ofHit(hit)));
    terminal.screen.print(hitRows(named, terminal.screen.look));
    if (next_cursor !== undefined) terminal.screen.print(['· There are more: another word finds fewer.']);
  });
}

async function jump(desk: Desk, rest: string): Promise<void> {
  const { terminal } = desk;
  const [, hash, digits] = /^(#?)(\d{1,15})$/.exec(required(rest, 'a number')) ?? [];
  if (digits === undefined)
    throw new Misuse('/jump takes the number of a hit, or # and the number of a message.');
  const hit = hash === '' ? terminal.found[Number(digits) - 1] : undefined;
  if (hash === '' && hit === undefined)
    throw new Misuse('There is no hit with that number: /search finds some.');
  if (hit !== undefined && terminal.openChat?.chatId !== hit.chat_id) await terminal.open(hit.chat_id);
  await terminal.around(openChatOf(desk), hit?.seq ?? Number(digits));
}
